"""Pieces of the chain: the logs of some wallets in a range of blocks, read so that they belong to one history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from peculium.chain.logs import METHOD_NOT_FOUND
from peculium.chain.node import Node, Request
from peculium.errors import LogRangeRefused, NodeRefused
from peculium.ledger.fleet import entry_point_of
from peculium.ledger.logs import AUTHORIZATION_USED, DEPOSITED, TRANSFER, WITHDRAWN, Log, padded, topics_of
from peculium.network import Network

FIRST_SPAN, LONGEST_SPAN = 1_000, 100_000
"""Blocks of the first piece, and of the longest."""
FEW_LOGS, MANY_LOGS = 2_000, 10_000
"""A piece with fewer logs is followed by a longer one, a piece with more by a shorter one, which bounds the memory."""
WALLETS_AT_ONCE = 200
"""Wallets in one search: nodes bound the size of a request."""


@dataclass(frozen=True)
class Piece:
    """Logs of a range of blocks."""

    first: int
    last: int
    last_hash: str
    """Hash of the last block."""
    logs: list[Log]
    """Oldest first."""


class Moved(Exception):
    """The chain has changed while it was read, or since."""


class PieceReader:
    """Reads pieces whose length suits the node and the number of logs."""

    def __init__(self, network: Network) -> None:
        self._node = network.node
        self.entry_point = entry_point_of(network)
        self._switch = network.suite.switch.address
        self._used = next(topic for topic, name in topics_of("EntryPoint").items() if name == "UserOperationEvent")
        kinds = topics_of("RevocationSwitch")
        self._of_wallet = [topic for topic, name in kinds.items() if name.startswith("Agent")]
        self._of_all = [topic for topic, name in kinds.items() if name.startswith("All")]
        self._span = FIRST_SPAN

    def read(
        self, wallets: Sequence[str], principals: Sequence[str], first: int, end: int, before: str | None
    ) -> Piece:
        """Returns the logs from block `first` on, up to `end` at most.

        `before` is the hash that block `first - 1` had when it was read. Raises `Moved` if it has another one now, or if the
        chain changes meanwhile.
        """
        while True:
            last = min(end, first + self._length() - 1)
            requests = [
                _block(last),
                *(_logs(query, first, last) for query in self._queries(wallets, principals)),
                _block(max(0, first - 1)),
                _block(last),
            ]
            found = self._node.batch(requests)
            refused = next((each for each in found if isinstance(each, NodeRefused)), None)
            if refused is None:
                return self._piece(found, first, last, before)
            self._shorten(refused, first, last)

    def _piece(self, found: list[Any], first: int, last: int, before: str | None) -> Piece:
        head, *searches, parent, again = found
        if head is None or again is None or parent is None:
            raise NodeRefused(f"The node doesn't have block {last}. Try again.", transient=True)
        if head["hash"] != again["hash"] or (before is not None and first > 0 and parent["hash"] != before):
            raise Moved
        # A transfer between two wallets is in two searches.
        logs = {(log.block, log.index): log for raw in searches for log in map(Log.of, raw)}
        if len(logs) > MANY_LOGS:
            self._span = max(1, (last - first + 1) // 2)
        elif len(logs) < FEW_LOGS:
            self._span = min(LONGEST_SPAN, 2 * self._span)
        return Piece(first, last, str(head["hash"]), [logs[key] for key in sorted(logs)])

    def _length(self) -> int:
        return min(self._span, self._node.log_span or self._span)

    def _shorten(self, refused: NodeRefused, first: int, last: int) -> None:
        # Nodes word their bounds differently, so any lasting refusal of more than one block counts as one.
        if refused.transient or refused.code == METHOD_NOT_FOUND:
            raise refused
        if last == first:
            raise LogRangeRefused(
                f"The node refuses to search block {first} for events: {refused.reason}. Use another node."
            )
        self._node.log_span = (last - first + 1) // 2

    def _queries(self, wallets: Sequence[str], principals: Sequence[str]) -> Iterator[dict[str, Any]]:
        for start in range(0, len(wallets), WALLETS_AT_ONCE):
            some = list(wallets[start : start + WALLETS_AT_ONCE])
            these = [padded(each) for each in some]
            yield {"address": some}
            yield {"topics": [[TRANSFER, AUTHORIZATION_USED], these]}
            yield {"topics": [TRANSFER, None, these]}
            yield {"address": self.entry_point, "topics": [self._used, None, these]}
            yield {"address": self.entry_point, "topics": [[DEPOSITED, WITHDRAWN], these]}
            yield {"address": self._switch, "topics": [self._of_wallet, None, these]}
        for start in range(0, len(principals), WALLETS_AT_ONCE):
            owners = [padded(each) for each in principals[start : start + WALLETS_AT_ONCE]]
            yield {"address": self._switch, "topics": [self._of_all, owners]}


def _logs(query: dict[str, Any], first: int, last: int) -> Request:
    return "eth_getLogs", ({**query, "fromBlock": hex(first), "toBlock": hex(last)},)


def _block(number: int) -> Request:
    return "eth_getBlockByNumber", (hex(number), False)


def hash_of(node: Node, block: int) -> str | None:
    """Returns the hash that a block has now, or None if the chain is shorter."""
    found = node.request(*("eth_getBlockByNumber", hex(block), False))
    return None if found is None else str(found["hash"])
