"""What was relayed under a key before, found by the event of its nonce."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak
from hexbytes import HexBytes

from peculium.chain.node import FIRST_PAUSE, LONGEST_PAUSE
from peculium.chain.receipts import Receipt, receipt_of, to_int
from peculium.errors import ChainUnavailable, OnceCanceled, OnceMismatch, OutcomeUnknown
from peculium.transports.once import Once, describe, once_nonce
from peculium.wallet import AgentWallet

_RELAY = "(address,address,uint256,uint256,uint48,uint256)"
_ACT = keccak(text=f"act(bytes,{_RELAY},bytes)")[:4]


@dataclass(frozen=True)
class Earlier:
    """The relayed action whose nonce follows from a key, when the wallet says that the nonce is spent."""

    wallet: AgentWallet
    once: Once
    action: bytes
    """Calldata of the action that it should be."""
    confirmations: int

    @property
    def nonce(self) -> int:
        """The nonce of the key."""
        return once_nonce(self.wallet.address, self.once.key)

    def receipt(self, timeout: float) -> Receipt:
        """Returns the receipt of the transaction that did it, once enough blocks confirm it.

        Raises `OnceMismatch` if it did something else, `OnceCanceled` if the nonce was canceled, and `OutcomeUnknown` if the
        node doesn't find what spent the nonce, within `timeout` seconds.
        """
        node = self.wallet.node
        deadline, pause, why = node.clock() + timeout, FIRST_PAUSE, "the node finds no event of it"
        while True:
            try:
                if (found := self._look()) is not None:
                    return found
            except ChainUnavailable as error:
                why = str(error)
            if node.clock() >= deadline:
                raise OutcomeUnknown(
                    f"The key {self.once.key!r} was used or canceled, and its transaction isn't found or confirmed yet: {why} "
                    "Nothing was sent now. Try again with the same key.",
                    sender=self.wallet.address,
                    nonce=self.nonce,
                    wait=self.receipt,
                )
            node.sleep(min(pause, max(0.0, deadline - node.clock())))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _look(self) -> Receipt | None:
        node = self.wallet.node
        event = self.wallet.find_relay(self.nonce)
        if event is None:
            canceled = self.wallet.log("ActionCanceled", nonce=self.nonce)
            if canceled is not None:
                raise OnceCanceled(self.once.key, canceled.transaction)
            return None
        head, receipt, transaction = node.batch(
            [
                ("eth_blockNumber", ()),
                ("eth_getTransactionReceipt", (event.transaction,)),
                ("eth_getTransactionByHash", (event.transaction,)),
            ]
        )
        if not isinstance(receipt, dict) or not isinstance(transaction, dict) or not isinstance(head, str):
            return None
        if to_int(head) - to_int(receipt["blockNumber"]) + 1 < self.confirmations:
            return None
        self._require_same(bytes(HexBytes(transaction["input"])), event.transaction)
        return receipt_of(receipt)

    def _require_same(self, data: bytes, hash_: str) -> None:
        done = {action for action, nonce in relayed_actions(data) if nonce == self.nonce}
        if done == {self.action}:
            return
        before = " or ".join(describe(self.wallet, each) for each in sorted(done))
        raise OnceMismatch(self.once.key, before or "an action that its calldata doesn't show", hash_)


def relayed_actions(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Returns the actions that calldata relays, with their nonces; also within a call of another contract, such as a batch."""
    start = data.find(_ACT)
    while start >= 0:
        try:
            action, relay, _ = decode(["bytes", _RELAY, "bytes"], data[start + 4 :])
            yield action, relay[5]
        except (DecodingError, OverflowError, ValueError):
            # The four bytes were there by chance.
            pass
        start = data.find(_ACT, start + 1)
