"""What a deployment has sent, so that a later run continues it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from peculium.chain.node import FIRST_PAUSE, LONGEST_PAUSE, Node
from peculium.chain.receipts import to_int
from peculium.chain.record import Record, Signed
from peculium.errors import NodeRefused, NotIncluded
from peculium.journal import Attempt, Entry, Journal, Place

WAY = "a deployment"


@dataclass(frozen=True)
class CreationRecord:
    """The transactions that create one contract, or pay for its creation; see `Record`.

    It is found by the contract's address, whoever sends: a run with another account continues what the first one sent.
    """

    node: Node
    journal: Journal
    address: str
    content: bytes
    """Calldata of the transaction."""

    def load(self) -> tuple[Signed, ...]:
        """See `Record.load`."""
        entry = self.journal.entry(self._place())
        return () if entry is None else _versions(entry)

    def add(self, version: Signed, after: int) -> tuple[Signed, ...]:
        """See `Record.add`."""
        attempt = Attempt(version.hash, version.as_json())
        return _versions(self.journal.write(self._place(), WAY, self.content, attempt, after))

    def _place(self) -> Place:
        # The first block tells chains apart that have the same id, such as two devnets.
        chain_id, first_block = self.node.chain()
        return Place.of(chain_id, self.address, f"deployment on the chain of block {first_block}")


def record_of(node: Node, journal: Journal | None, address: str, content: bytes) -> Record | None:
    """Returns where the creation of a contract is written down; None without a journal."""
    return None if journal is None else CreationRecord(node, journal, address, content)


def settle_pending(node: Node, account: str, waiting: Callable[[int], None] = lambda _: None) -> None:
    """Waits until blocks include what the account has sent before: a run that was killed may have sent a creation.

    Nothing is lost by it, because a new transaction has to wait for the earlier ones anyway. `waiting` gets their number.
    Raises `NotIncluded` if they aren't included within `SendOptions.timeout`.
    """
    deadline, pause = node.clock() + node.options.timeout, FIRST_PAUSE
    while True:
        found = node.batch([("eth_getTransactionCount", (account, tag)) for tag in ("latest", "pending")])
        for answer in found:
            if isinstance(answer, NodeRefused):
                raise answer
        included, sent = map(to_int, found)
        if sent <= included:
            return
        if node.clock() >= deadline:
            raise NotIncluded(
                f"{account} has sent {sent - included} transactions that no block includes since {node.options.timeout:g} "
                "seconds; they may create contracts of the suite. Nothing was sent now. Wait, or replace them, then deploy again.",
                sender=account,
                nonce=included,
            )
        waiting(sent - included)
        node.sleep(min(pause, max(0.0, deadline - node.clock())))
        pause = min(2 * pause, LONGEST_PAUSE)


def _versions(entry: Entry) -> tuple[Signed, ...]:
    return tuple(Signed.of_json(attempt.hash, attempt.signed) for attempt in entry.attempts)
