"""A key that is elsewhere: it signs typed data, and another account sends."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from hexbytes import HexBytes

from peculium.chain.sender import Signer
from peculium.contract import ContractCall, Performer, Receipt
from peculium.errors import InvalidInput
from peculium.signatures import low_s
from peculium.switch import OrderKind, RevocationSwitch
from peculium.units import to_address
from peculium.wallet import AgentWallet, WalletCall

SIGNED_FOR = 3_600
"""Seconds for which what is signed can be submitted."""
_ORDERS = {
    "pause": OrderKind.PAUSE,
    "revoke": OrderKind.REVOKE,
    "pauseAll": OrderKind.PAUSE_ALL,
    "revokeAll": OrderKind.REVOKE_ALL,
}


class ExternalSigner(Performer):
    """A principal's key in a hardware wallet, a key service or another process. It needs no native currency.

    What the principal decides is signed and sent by `payer`: calls of a wallet as `executeSigned`, stops as orders. What the
    contracts take from the principal's own transaction only (`unpause`, guardians, heartbeat) raises `InvalidInput`.
    """

    def __init__(
        self, address: str, sign: Callable[[dict[str, Any]], bytes | str], payer: Signer | None = None
    ) -> None:
        """`sign` gets EIP-712 typed data and returns the signature (bytes or 0x hex). `payer` pays for transactions."""
        self.address = to_address(address)
        self.payer = payer
        self._sign = sign

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """See `Performer.sign_typed_data`."""
        return low_s(bytes(HexBytes(self._sign(full_message))))

    def perform(self, call: ContractCall) -> Receipt:
        """See `Performer.perform`."""
        if self.payer is None:
            raise InvalidInput(
                f"{self.address} only signs, and nobody is named who sends. Pass payer=, an account with native currency."
            )
        if isinstance(call.contract, AgentWallet) and not call.value:
            return self._as_wallet(call.contract, call)
        if isinstance(call.contract, RevocationSwitch) and call.function in _ORDERS:
            return self._by_order(call.contract, call)
        raise InvalidInput(
            f"{call.function} must be sent by {self.address} itself: the contracts take no signature for it. Send it with a key "
            "that has native currency."
        )

    def _as_wallet(self, wallet: AgentWallet, call: ContractCall) -> Receipt:
        # A call of the wallet to itself counts as the principal's. The trial has the errors of the call itself.
        assert self.payer is not None
        wallet.read(call.function, *call.arguments, sender=self.address)
        calls = [WalletCall(wallet.address, data=call.data)]
        nonce, deadline = secrets.randbits(256), wallet.node.timestamp() + SIGNED_FOR
        signature = self.sign_typed_data(wallet.execute_typed_data(calls, nonce, deadline))
        return wallet.execute_signed(self.payer, calls, nonce, deadline, signature)

    def _by_order(self, switch: RevocationSwitch, call: ContractCall) -> Receipt:
        assert self.payer is not None
        # The switch has asked before what the wallet is.
        kind, (principal, *wallet) = _ORDERS[call.function], call.arguments
        order = switch.sign_order(self, kind, principal, secrets.randbits(256), *wallet, unchecked=True)
        return switch.submit_order(self.payer, order)
