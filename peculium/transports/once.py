"""The key under which an action is done once, and what it was used for before."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils import keccak

from peculium.errors import OnceMismatch, PeculiumError, quote
from peculium.errors.money import digits
from peculium.journal import Entry, Journal, Place
from peculium.mandate import NATIVE
from peculium.units import from_base_units, to_address
from peculium.wallet import AgentWallet

_DOMAIN = keccak(text="peculium.once.v1")


@dataclass(frozen=True)
class Once:
    """A key, and where it is written down."""

    key: str
    journal: Journal | None = None

    def place(self, wallet: AgentWallet) -> Place:
        """Returns where the journal has the entry."""
        return Place.of(wallet.node.chain_id(), wallet.address, self.key)

    def require_same(self, wallet: AgentWallet, entry: Entry, way: str, content: bytes) -> None:
        """Raises `OnceMismatch` if the journal has something else under the key, or another transport sends it."""
        hash_ = entry.attempts[-1].hash if entry.attempts else ""
        if entry.content != content:
            raise OnceMismatch(self.key, describe(wallet, entry.content), hash_)
        if entry.way != way:
            raise OnceMismatch(self.key, f"the same action as {entry.way}; retry it through the same transport", hash_)


def once_nonce(wallet: str, key: str) -> int:
    """Returns the nonce with which a signed action is done once under a key. `AgentWallet.cancel_action` cancels it.

    The arguments aren't part of it, so that the same key can't do two different things. Neither is the agent key: a new key
    doesn't do again what the last one did.
    """
    return int.from_bytes(keccak(_DOMAIN + bytes.fromhex(to_address(wallet)[2:]) + key.encode()))


def describe(wallet: AgentWallet, action: bytes) -> str:
    """Returns what an action does, from its calldata: in words for a payment, else its function and the data's hash."""
    try:
        function, arguments = wallet.decode_call(action)
        if function == "pay":
            token, payee, amount, ref = arguments
            name = "the native currency" if token == NATIVE else f"the token {token}"
            whole = from_base_units(amount, wallet.token_decimals(token))
            return f"a payment of {digits(whole)} of {name} to {payee}, reference {_shown(ref)}"
    except PeculiumError:
        return f"calldata 0x{action[:4].hex()}…, keccak256 0x{keccak(action).hex()}"
    return f"{function}, calldata with keccak256 0x{keccak(action).hex()}"


def _shown(ref: bytes) -> str:
    try:
        return quote(ref.rstrip(b"\0").decode())
    except UnicodeDecodeError:
        return "0x" + ref.hex()
