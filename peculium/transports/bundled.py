"""Operations that were sent under a key before, found by the events of the EntryPoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes

from peculium.chain.node import FIRST_PAUSE, LONGEST_PAUSE, Node, Request
from peculium.chain.receipts import to_int
from peculium.contract import Event
from peculium.errors import ChainUnavailable, ContractError, OnceMismatch
from peculium.operations import Bundler, OperationReceipt
from peculium.transports.once import describe
from peculium.wallet import AgentWallet

_OPERATIONS = "(address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[]"
_HANDLE = keccak(text=f"handleOps({_OPERATIONS},address)")[:4]
_HEAD = 8
"""Bytes before the action in the calldata of an agent's operation: selector and period."""
_SUBKEY = 2**64 - 1


@dataclass(frozen=True)
class Outcome:
    """What became of the operations with a subkey."""

    done: OperationReceipt | None
    """The one that succeeded."""
    complete: bool
    """Whether all operations with an earlier nonce were found, and all of them have failed."""


@dataclass(frozen=True)
class Bundled:
    """The operations of a wallet's agent with the subkey of a key, under all mandates."""

    bundler: Bundler
    wallet: AgentWallet
    key: str
    subkey: int

    def look(self, nonce: int | None, action: bytes) -> Outcome:
        """Returns what became of those that a block includes. `nonce` is that of a further operation.

        Raises `OnceMismatch` if the one that succeeded did something else than `action`.
        """
        failed = []
        for event in self.events():
            try:
                done = self.bundler.receipt(bytes(event.arguments["userOpHash"]))
            except ContractError:
                if not is_confirmed(self.bundler.node, event.transaction):
                    return Outcome(None, False)
                failed.append(event.arguments["nonce"])
                continue
            if done is None or not is_confirmed(self.bundler.node, event.transaction):
                return Outcome(None, False)
            self._require_same(event, action)
            return Outcome(done, False)
        if nonce is None:
            return Outcome(None, False)
        expected = range(nonce & ~_SUBKEY, nonce)
        return Outcome(None, set(expected) <= set(failed))

    def wait(self, action: bytes, timeout: float) -> Outcome | None:
        """As `look`, until one has succeeded; None after `timeout` seconds."""
        node = self.bundler.node
        deadline, pause = node.clock() + timeout, FIRST_PAUSE
        while True:
            try:
                if (found := self.look(None, action)).done is not None:
                    return found
            except ChainUnavailable:
                # It says nothing about the operation. The caller raises `OutcomeUnknown` at the end.
                pass
            if node.clock() >= deadline:
                return None
            node.sleep(min(pause, max(0.0, deadline - node.clock())))
            pause = min(2 * pause, LONGEST_PAUSE)

    def events(self) -> list[Event]:
        """Returns the events of those that a block includes, oldest first."""
        # Nonces of the principal begin with zeros.
        events = self.bundler.entry_point.events_with("UserOperationEvent", sender=self.wallet.address)
        nonces = ((event, event.arguments["nonce"]) for event in events)
        return [event for event, nonce in nonces if nonce >> 128 and nonce >> 64 & _SUBKEY == self.subkey]

    def _require_same(self, event: Event, action: bytes) -> None:
        transaction = self.bundler.node.request("eth_getTransactionByHash", event.transaction)
        data = bytes(HexBytes(transaction["input"])) if isinstance(transaction, dict) else b""
        nonce = event.arguments["nonce"]
        done = {found for sender, at, found in bundled_actions(data) if (sender, at) == (self.wallet.address, nonce)}
        if done != {action}:
            before = " or ".join(describe(self.wallet, each) for each in sorted(done))
            hash_ = "0x" + bytes(event.arguments["userOpHash"]).hex()
            raise OnceMismatch(self.key, before or "an action that its calldata doesn't show", hash_)


def is_confirmed(node: Node, transaction: str) -> bool:
    """Whether as many blocks confirm a transaction as `SendOptions.confirmations` demands. False without an answer."""
    if node.options.confirmations == 1:
        return True
    requests: list[Request] = [("eth_blockNumber", ()), ("eth_getTransactionReceipt", (transaction,))]
    try:
        head, receipt = node.batch(requests, patience=0)
    except ChainUnavailable:
        return False
    if not isinstance(head, str) or not isinstance(receipt, dict) or not receipt.get("blockHash"):
        return False
    return to_int(head) - to_int(receipt["blockNumber"]) + 1 >= node.options.confirmations


def bundled_actions(data: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Returns the actions of operations in a bundle's calldata, with sender and nonce; also within a call of a contract."""
    start = data.find(_HANDLE)
    while start >= 0:
        try:
            operations, _ = decode([_OPERATIONS, "address"], data[start + 4 :])
        except (DecodingError, OverflowError, ValueError):
            # The four bytes were there by chance.
            operations = ()
        for sender, nonce, _, call_data, *_ in operations:
            yield to_checksum_address(sender), nonce, call_data[_HEAD:]
        start = data.find(_HANDLE, start + 1)
