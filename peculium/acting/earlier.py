"""What a `once` key was used for before, so that a retry asks for exactly the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hexbytes import HexBytes

from peculium.transports import Transport, UserOperations
from peculium.transports.bundled import Bundled, bundled_actions
from peculium.transports.earlier import relayed_actions
from peculium.transports.once import Once, once_nonce
from peculium.transports.operations import once_subkey
from peculium.wallet import AgentWallet


def action_under(wallet: AgentWallet, once: Once, via: Transport) -> bytes | None:
    """Returns the calldata of the action that a key was used for, from the journal or else from the chain; None if there is none."""
    if once.journal is not None:
        entry = once.journal.entry(once.place(wallet))
        return None if entry is None else entry.content
    if isinstance(via, UserOperations):
        return next(_operated(wallet, once.key, via), None)
    nonce = once_nonce(wallet.address, once.key)
    event = wallet.find_relay(nonce) if wallet.is_action_spent(nonce) else None
    if event is None:
        return None
    data = _input(wallet, event.transaction)
    return next((action for action, used in relayed_actions(data) if used == nonce), None)


def _operated(wallet: AgentWallet, key: str, via: UserOperations) -> Iterator[bytes]:
    for event in Bundled(via.bundler, wallet, key, once_subkey(key)).events():
        values = event.arguments
        if values["success"]:
            for sender, nonce, action in bundled_actions(_input(wallet, event.transaction)):
                if (sender, nonce) == (wallet.address, values["nonce"]):
                    yield action


def _input(wallet: AgentWallet, transaction: str) -> bytes:
    found: Any = wallet.node.request("eth_getTransactionByHash", transaction)
    return bytes(HexBytes(found["input"])) if isinstance(found, dict) else b""
