"""Reads the chain into the database, piece by piece.

A piece is written in one transaction together with how far was read, so whatever ends the process in the middle loses and doubles
nothing. Each piece ends with a checkpoint, the hash of its last block. If the chain has another block there later, everything
after the last checkpoint that still holds is undone and read again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, func, select, update

from peculium.errors import ChainUnavailable
from peculium.ledger.explanation import explain
from peculium.ledger.followed import Wallet, followed
from peculium.ledger.logs import Log, padded
from peculium.ledger.memory import Memory
from peculium.ledger.pieces import Moved, Piece, PieceReader, hash_of
from peculium.ledger.receipts import read_transactions
from peculium.ledger.schema import charges, checkpoints, events, movements, principals, transactions, wallets
from peculium.ledger.store import Store
from peculium.ledger.writer import Explained, Writer
from peculium.network import Network

MOST_MOVES = 10
"""How often in a row the chain may change while it is read."""


@dataclass(frozen=True)
class Progress:
    """How far an update is."""

    block: int
    """The last block that was read, by the wallet that is farthest behind."""
    end: int
    """The last block that will be read."""
    movements: int
    """Movements that were written by this update."""
    undone: int
    """Blocks that were undone, because the chain has others in their place now."""


class _Taken(Exception):
    """Another process has read this piece meanwhile."""


class Reader:
    """Reads one network."""

    def __init__(self, store: Store, network: Network, network_id: int) -> None:
        self._store, self._network, self._id = store, network, network_id
        self._pieces = PieceReader(network)
        self._written = self._undone = 0

    def update(self, confirmations: int, progress: Callable[[Progress], None] | None = None) -> Progress:
        """Reads all blocks that have so many confirmations; 1 includes the latest block."""
        end = self._network.node.block_number() - (confirmations - 1)
        self._written = self._undone = 0
        self._undo_replaced()
        moves = 0
        while (group := self._behind(end)) is not None:
            try:
                self._read(group, end)
                moves = 0
            except Moved:
                moves += 1
                if moves > MOST_MOVES:
                    raise ChainUnavailable(
                        f"The chain changed {moves} times while it was read. Use one node, or more confirmations."
                    ) from None
                self._undo_replaced()
            except _Taken:
                continue
            if progress is not None:
                progress(Progress(self._lowest(), end, self._written, self._undone))
        return Progress(self._lowest(), end, self._written, self._undone)

    # Which blocks are next

    def _behind(self, end: int) -> _Group | None:
        # The wallets that are farthest behind, and where the next ones are.
        with self._store.reading() as connection:
            found = followed(connection, self._id)
            lowest = min((each.read_to for each in found), default=end)
            if lowest >= end:
                return None
            before = connection.execute(
                select(checkpoints.c.hash).where(checkpoints.c.network_id == self._id, checkpoints.c.block == lowest)
            ).scalar()
        together = [each for each in found if each.read_to == lowest]
        following = min((each.read_to for each in found if each.read_to > lowest), default=end)
        return _Group(together, lowest, min(end, following), before)

    def _lowest(self) -> int:
        with self._store.reading() as connection:
            query = select(func.min(wallets.c.read_to)).where(wallets.c.network_id == self._id)
            return int(connection.execute(query).scalar() or 0)

    # One piece

    def _read(self, group: _Group, end: int) -> None:
        addresses = [each.address for each in group.wallets]
        with self._store.reading() as connection:
            memory = Memory(connection, self._network, self._pieces.entry_point, group.wallets)
            owners = memory.principals()
            piece = self._pieces.read(addresses, owners, group.read_to + 1, group.end, group.before)
            explained = self._explain(piece, group, memory)
        writer = Writer(self._network.node, self._pieces.entry_point, self._id, group.wallets)
        writer.prepare(self._store, explained)
        with self._store.writing() as connection:
            self._take(connection, group, piece)
            writer.write(connection, explained)
        self._written += sum(len(each.found.movements) for each in explained)

    def _take(self, connection: Connection, group: _Group, piece: Piece) -> None:
        # First of all: it locks the wallets, and shows whether another process was faster.
        changed = connection.execute(
            update(wallets)
            .where(wallets.c.id.in_([each.id for each in group.wallets]), wallets.c.read_to == group.read_to)
            .values(read_to=piece.last)
        )
        if changed.rowcount != len(group.wallets):
            raise _Taken
        known = connection.execute(
            select(checkpoints.c.hash).where(checkpoints.c.network_id == self._id, checkpoints.c.block == piece.last)
        ).scalar()
        if known is None:
            row = {"network_id": self._id, "block": piece.last, "hash": piece.last_hash}
            connection.execute(checkpoints.insert(), row)
        elif known != piece.last_hash:
            raise Moved

    def _explain(self, piece: Piece, group: _Group, memory: Memory) -> list[Explained]:
        by_topic = {padded(each.address): each.address for each in group.wallets}
        known = set(by_topic.values())
        concerned: dict[tuple[str, str], list[Log]] = defaultdict(list)
        for log in piece.logs:
            for wallet in _concerned(log, by_topic, known, memory):
                concerned[log.transaction, wallet].append(log)
        sent = read_transactions(self._network.node, [logs[0] for logs in concerned.values()])
        found = []
        for (transaction, wallet), logs in concerned.items():
            memory.time(transaction, sent[transaction].time)
            explanation = explain(wallet, self._pieces.entry_point, logs, memory)
            for note in explanation.notes:
                memory.learn(wallet, note)
            principals = [memory.principal(wallet, logs[0].block, each.index) for each in explanation.movements]
            found.append(Explained(wallet, sent[transaction], explanation, principals))
        return found

    # Undo

    def _undo_replaced(self) -> None:
        with self._store.reading() as connection:
            query = select(checkpoints.c.block, checkpoints.c.hash).where(checkpoints.c.network_id == self._id)
            latest = connection.execute(query.order_by(checkpoints.c.block.desc()))
            top, holds = None, -1
            for block, hash_ in latest:
                top = block if top is None else top
                if hash_of(self._network.node, block) == hash_:
                    holds = block
                    break
        if top is not None and holds < top:
            self._undo(holds)
            self._undone += top - holds

    def _undo(self, last: int) -> None:
        """Removes everything after a block."""
        ours = select(wallets.c.id).where(wallets.c.network_id == self._id).scalar_subquery()
        with self._store.writing() as connection:
            connection.execute(
                update(wallets)
                .where(wallets.c.network_id == self._id, wallets.c.read_to > last)
                .values(read_to=case((wallets.c.first_block > last, wallets.c.first_block - 1), else_=last))
            )
            # A wallet may be created again, in another block.
            connection.execute(
                update(principals)
                .where(principals.c.network_id == self._id, principals.c.searched_to > last)
                .values(searched_to=last)
            )
            for table in (movements, charges, events):
                connection.execute(delete(table).where(table.c.wallet_id.in_(ours), table.c.block > last))
            for table in (transactions, checkpoints):
                connection.execute(delete(table).where(table.c.network_id == self._id, table.c.block > last))


@dataclass(frozen=True)
class _Group:
    # Wallets that were read up to the same block.
    wallets: list[Wallet]
    read_to: int
    end: int
    before: str | None


def _concerned(log: Log, by_topic: dict[str, str], known: set[str], memory: Memory) -> list[str]:
    if log.address in known:
        return [log.address]
    found = list(dict.fromkeys(by_topic[topic] for topic in log.topics[1:3] if topic in by_topic))
    # The switch names the principal alone if all its wallets are stopped.
    return found or memory.answered_by(log.address_at(1), log)
