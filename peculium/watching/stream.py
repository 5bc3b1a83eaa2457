"""Payments as they are confirmed, exactly once each, whatever the chain or the node does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from peculium.chain.node import Node
from peculium.chain.search import block_since
from peculium.errors import NodeRefused
from peculium.mandate import Mandate
from peculium.watching.payments import Payment, read_payments

KEPT_BLOCKS = 128
"""Blocks whose hashes are kept, to notice that the chain was reorganized."""


@dataclass
class Stream:
    """Reads payments of confirmed blocks, and takes those of replaced blocks back.

    A read that fails changes nothing, so the next one continues where the last one has ended.
    """

    node: Node
    names: Mapping[str, str]
    """Names by address."""
    confirmations: int = 1
    """Blocks that must include or follow a payment. 1: the latest block counts."""
    keep: timedelta = timedelta(0)
    """How long payments are kept."""
    payments: list[Payment] = field(default_factory=list)
    """What was read and is still on the chain, oldest first."""
    _blocks: list[tuple[int, str]] = field(default_factory=list)
    """Numbers and hashes of blocks that were read, oldest first."""

    def begin(self, mandates: Mapping[str, Mandate], since: datetime) -> None:
        """Reads what was paid since a time. What comes later is returned by `read`."""
        head, hash_ = self._confirmed()
        first = block_since(self.node, since)
        self.payments = [] if first is None else read_payments(self.node, mandates, self.names, first, head)
        self._blocks = [(head, hash_)]

    def read(self, mandates: Mapping[str, Mandate]) -> list[Payment]:
        """Returns the payments that were confirmed since the last read, oldest first. Call `begin` first.

        A payment whose block is replaced is dropped from `payments`, and returned again once another block includes it.
        """
        head, hash_ = self._confirmed()
        if head < self.block:
            # The node is behind the one that answered before.
            return []
        standing = list(self._blocks)
        while standing and self._hash(standing[-1][0]) != standing[-1][1]:
            standing.pop()
        # If none of those that are kept stands, all that was read is read anew.
        last = standing[-1][0] if standing else self._blocks[0][0] - 1
        found = read_payments(self.node, mandates, self.names, last + 1, head)
        if self._hash(head) != hash_:
            raise NodeRefused("The chain was reorganized while it was read. Try again.", transient=True)
        if head > last:
            standing.append((head, hash_))
        self._blocks = standing[-KEPT_BLOCKS:]
        oldest = found[-1].time - self.keep if found else None
        kept = [each for each in self.payments if each.block <= last and (oldest is None or each.time > oldest)]
        self.payments = kept + found
        return found

    @property
    def block(self) -> int:
        """The last block that was read."""
        return self._blocks[-1][0]

    def _confirmed(self) -> tuple[int, str]:
        number = max(self.node.block_number() - self.confirmations + 1, 0)
        return number, self._hash(number)

    def _hash(self, number: int) -> str:
        block = self.node.request("eth_getBlockByNumber", hex(number), False)
        if block is None:
            raise NodeRefused(f"The node doesn't have block {number}. Try again.", transient=True)
        return str(block["hash"])
