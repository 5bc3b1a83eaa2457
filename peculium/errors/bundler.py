"""What bundlers and the EntryPoint say."""

from __future__ import annotations

from typing import Any

from peculium.errors.base import PeculiumError
from peculium.errors.text import quote

_RAISE_VERIFICATION_GAS = "Too little gas for validation: raise verification_gas_limit."


ENTRY_POINT_CODES = {
    "AA10": "The wallet already exists: leave out the factory.",
    "AA13": "The factory failed: its signatures are invalid, or verification_gas_limit is too low.",
    "AA14": "The factory created another wallet than the operation's sender: read the address from the factory.",
    "AA15": "The factory created no wallet.",
    "AA20": "No wallet exists at this address: create it first, or name the factory.",
    "AA21": "The wallet can't pay: send it native currency, add to its deposit, or use a paymaster.",
    "AA22": "The operation's period or the mandate has ended or not begun: build the operation again.",
    "AA23": "The wallet reverted during validation.",
    "AA24": "The signature isn't that of the agent key, or of the principal, whichever the nonce key names.",
    "AA25": "The nonce was used: ask the EntryPoint for the next one, or use another nonce key.",
    "AA26": _RAISE_VERIFICATION_GAS,
    "AA30": "No paymaster exists at this address.",
    "AA31": "The paymaster's deposit is too low: ask its principal to add to it.",
    "AA32": "The paymaster's validity period has ended or not begun: build the operation again.",
    "AA33": "The paymaster reverted during validation.",
    "AA34": "The paymaster's signature is invalid.",
    "AA36": "Too little gas for the paymaster's validation: raise paymaster_verification_gas_limit.",
    "AA40": _RAISE_VERIFICATION_GAS,
    "AA41": _RAISE_VERIFICATION_GAS,
    "AA50": "The paymaster reverted after the operation.",
    "AA51": "The operation cost more than its prefund: raise its gas limits.",
    "AA90": "The account that receives the bundle's fees is zero: name one.",
    "AA91": "The account that receives the bundle's fees rejects native currency: name another one.",
    "AA92": "Only the EntryPoint can call this.",
    "AA93": "paymasterAndData is too short.",
    "AA94": "A gas value exceeds 120 bits: lower it.",
    "AA95": "The bundle's transaction has too little gas: raise it.",
}
"""Codes of the EntryPoint (ERC-4337): what they mean and what to do."""


BUNDLER_CODES = {
    -32501: "Ask the principal whether its paymaster pays for this wallet.",
    -32502: "Validation breaks a rule of ERC-7562: a principal or agent key that is a contract may read too much.",
    -32503: "The operation's period or the mandate ends within seconds or has only just begun: build it again shortly.",
    -32504: "Too many operations of this wallet or paymaster failed: wait, or use another bundler.",
    -32505: "The paymaster's stake or unstake delay is too low for this bundler: ask its principal to raise it.",
    -32507: "The signature isn't that of the agent key, or of the principal, whichever the nonce key names.",
    -32601: "The bundler doesn't support this method.",
    -32602: "A field of the operation is malformed.",
}
"""Error codes of bundlers (ERC-7769): what they mean and what to do."""


UNKNOWN_CODE = "Ask the bundler's operator, or use another bundler."


class BundlerError(PeculiumError):
    """A bundler rejected a user operation for a reason of its own. Nothing was sent to the chain.

    `code` is the JSON-RPC error code (ERC-7769); `reason` is the bundler's text.
    """

    def __init__(self, code: int, reason: str) -> None:
        advice = BUNDLER_CODES.get(code, UNKNOWN_CODE)
        super().__init__(f"The bundler rejected the operation: {quote(reason)}. {advice}")
        self.code, self.reason = code, reason

    @property
    def next(self) -> str:
        """What to do about the bundler's code."""
        return BUNDLER_CODES.get(self.code, UNKNOWN_CODE)

    def __reduce__(self) -> Any:
        return type(self), (self.code, self.reason)
