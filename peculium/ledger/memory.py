"""What earlier events of the wallets say about later ones: who answers, what was authorized, which cheques there are."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from peculium.ledger.followed import Wallet
from peculium.ledger.holdings import read_deposit
from peculium.ledger.logs import ABSENT, Log, arguments_of, from_text
from peculium.ledger.movement import Note
from peculium.ledger.path import Path
from peculium.ledger.schema import events
from peculium.network import Network
from peculium.wallet.cashed import ChequeBooks, Installed, Settled
from peculium.wallet.installed import mandate_of


@dataclass
class Answering:
    """Who answered for a wallet, and when."""

    since: list[tuple[int, int]] = field(default_factory=lambda: [(-1, -1)])
    """Block and index of the log."""
    who: list[str] = field(default_factory=list)

    def at(self, block: int, index: int) -> str:
        """Returns the principal."""
        return self.who[bisect_right(self.since, (block, index)) - 1]


class Memory:
    """What is known of the wallets before a piece is explained, and what the piece adds."""

    def __init__(self, connection: Connection, network: Network, entry_point: str, wallets: list[Wallet]) -> None:
        self._connection, self._network, self._entry_point = connection, network, entry_point
        self._by_address = {each.address: each for each in wallets}
        self._answering = {each.address: Answering(who=[each.principal]) for each in wallets}
        self._mandates: dict[str, list[Log]] = defaultdict(list)
        self._books: dict[str, ChequeBooks] = {}
        self._promises: dict[tuple[str, str], Log] = {}
        self._times: dict[str, int] = {}
        addresses = {each.id: each.address for each in wallets}
        query = select(events.c.wallet_id, events.c.name, events.c.key, events.c.log)
        named = query.where(events.c.name.in_(("HandedOver", "MandateInstalled"))).order_by(
            events.c.block, events.c.log_index
        )
        for wallet, name, key, log in connection.execute(named):
            if wallet in addresses:
                self.learn(addresses[wallet], Note(name, key, from_text(log)))

    def learn(self, wallet: str, note: Note) -> None:
        """Takes an event into account."""
        log = note.log
        if note.name == "HandedOver":
            answering = self._answering[wallet]
            answering.since.append((log.block, log.index))
            answering.who.append(log.address_at(2))
        elif note.name == "MandateInstalled":
            self._mandates[wallet].append(log)
            self._books.pop(wallet, None)
        elif note.name == "PaymentAuthorized" and note.key is not None:
            self._promises[wallet, note.key] = log

    def principal(self, wallet: str, block: int, index: int) -> str:
        """Returns who answered for a wallet at a log."""
        return self._answering[wallet].at(block, index)

    def principals(self) -> list[str]:
        """Returns all who ever answered for one of the wallets."""
        return list(dict.fromkeys(who for each in self._answering.values() for who in each.who))

    def answered_by(self, principal: str, log: Log) -> list[str]:
        """Returns the wallets that a principal answered for at a log."""
        return [each for each, who in self._answering.items() if who.at(log.block, log.index) == principal]

    def time(self, transaction: str, seconds: int) -> None:
        """Notes the time of a transaction (unix seconds)."""
        self._times[transaction] = seconds

    # What an explanation asks

    def promised(self, wallet: str, token: str, nonce: str, log: Log) -> tuple[Path, str | None] | None:
        """Returns how the agent promised what a token settled, and its reference; None if it didn't."""
        promise = self._promise(wallet, nonce)
        if promise is not None and promise.address_at(1) == token:
            ref = promise.topics[3]
            return Path.AUTHORIZATION, None if ref == ABSENT else ref
        settled = Settled(
            token,
            bytes.fromhex(nonce[2:]),
            log.address_at(2),
            log.word(0),
            log.block,
            self._times[log.transaction],
            log.transaction,
            log.index,
        )
        return None if self._books_of(wallet).slot_of(settled) is None else (Path.CHEQUE, None)

    def deposited(self, wallet: str, log: Log) -> int | None:
        """Returns what was added to the wallet's deposit at the EntryPoint (wei); None if the node can't say."""
        before = read_deposit(self._network.node, self._entry_point, wallet, log.block - 1)
        return None if before is None else max(0, log.word(0) - before)

    def _promise(self, wallet: str, nonce: str) -> Log | None:
        if (wallet, nonce) in self._promises:
            return self._promises[wallet, nonce]
        found = self._connection.execute(
            select(events.c.log)
            .where(events.c.wallet_id == self._by_address[wallet].id)
            .where(events.c.name == "PaymentAuthorized", events.c.key == nonce)
            .limit(1)
        ).scalar()
        return None if found is None else from_text(found)

    def _books_of(self, wallet: str) -> ChequeBooks:
        if wallet not in self._books:
            self._books[wallet] = ChequeBooks(wallet, tuple(_installed(each) for each in self._mandates[wallet]))
        return self._books[wallet]


def _installed(log: Log) -> Installed:
    values = arguments_of(log)
    return Installed(log.block, bytes(values["mandateHash"]), mandate_of(values["mandate"]).cheque_books)
