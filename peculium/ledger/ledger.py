"""The ledger: one object with all that it can do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path as FilePath
from types import TracebackType
from typing import Any, Self, TextIO

from sqlalchemy import select
from web3 import Web3

from peculium.errors import InvalidInput
from peculium.journal import Journal
from peculium.ledger.adding import add_wallet, is_followed
from peculium.ledger.balance import Balance, KeyUse, held_tokens, sum_movements
from peculium.ledger.chart import draw
from peculium.ledger.export import hledger_lines, write_csv
from peculium.ledger.fleet import agent_of, creation_of, entry_point_of, first_principal, is_wallet, wallets_of
from peculium.ledger.followed import Wallet
from peculium.ledger.holdings import read_balances
from peculium.ledger.journals import Refused, copy_journal, open_journal, read_refusals
from peculium.ledger.keys import keys_of, read_key_use
from peculium.ledger.path import Path
from peculium.ledger.proof import Proof, prove
from peculium.ledger.reader import Progress, Reader
from peculium.ledger.report import Report, make_report, since_of
from peculium.ledger.rows import Names, Row, Wanted, read_row, read_rows
from peculium.ledger.schema import networks, principals, wallets
from peculium.ledger.spending import WindowUse, windows_of
from peculium.ledger.store import Store
from peculium.ledger.totals import GasUse, Key, Total, add_up, day_of, gas_uses, payee_of
from peculium.ledger.totals import agent_of as agent_of_row
from peculium.network import Network
from peculium.suite import Suite


class Ledger:
    """The account book of wallets, in a database.

    Any number of processes and machines can share it; each sees the same rows. Every method raises `LedgerFailed` if the
    database fails.
    """

    def __init__(self, store: Store, names: Mapping[str, str] | None = None) -> None:
        self._store, self._names = store, Names(names)
        self._networks: dict[int, Network] = {}

    @classmethod
    def open(cls, place: str | FilePath, names: Mapping[str, str] | None = None) -> Self:
        """Opens the ledger, or creates it.

        `place` is the path of a file (SQLite), or the URL of a database, such as postgresql://user@host/ledger. `names` is
        an address book: names and addresses of wallets, principals and payees. Raises `InvalidInput` if it can't be opened.
        """
        return cls(Store(place), names)

    def close(self) -> None:
        """Closes the database."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What is followed

    def follow(
        self,
        network: Network | Suite | Web3 | str,
        wallets: Sequence[str] = (),
        principal: str | None = None,
        first_block: int | None = None,
    ) -> None:
        """Adds wallets, or all wallets of a principal, also those that it gets later. Without any, only names the network.

        `first_block` is the first block that is read, by default that in which the wallet was created; for a principal the
        first in which its wallets are searched for. A wallet that is followed already stays as it is. Raises `InvalidInput` for an address that is no wallet of the suite.
        """
        found = Network.of(network)
        network_id = self._network_id(found)
        self._networks[network_id] = found
        addresses = [self._names.address(each) for each in wallets]
        for address, known in zip(addresses, is_wallet(found, addresses), strict=True):
            if not known:
                raise InvalidInput(
                    f"{address} is no wallet of the suite on chain {found.node.chain_id()}. Check address and network."
                )
            self._add(found, network_id, address, first_block)
        if principal is not None:
            self._add_principal(network_id, self._names.address(principal), first_block or 0)
            self._search_fleets(found, network_id, found.node.block_number())

    def wallets(self) -> list[str]:
        """Returns the addresses of the wallets that are followed, oldest first."""
        with self._store.reading() as connection:
            return list(connection.execute(select(wallets.c.address).order_by(wallets.c.id)).scalars())

    # Reading the chain

    def update(
        self, progress: Callable[[Progress], None] | None = None, confirmations: int | None = None
    ) -> list[Progress]:
        """Reads what is new on every network that `follow` has named in this process.

        Only blocks with so many confirmations are read, by default as many as the network's `SendOptions` say; 1 includes
        the latest block. Can be interrupted at any time, and goes on where it was. Blocks that the chain has replaced
        are undone and read again.
        """
        if confirmations is not None and confirmations < 1:
            raise InvalidInput(f"confirmations is {confirmations}; it must be 1 or more.")
        found = []
        for network_id, network in self._bound().items():
            needed = network.node.options.confirmations if confirmations is None else confirmations
            self._search_fleets(network, network_id, network.node.block_number() - (needed - 1))
            found.append(Reader(self._store, network, network_id).update(needed, progress))
        return found

    def read_journal(self, journal: Journal | str | FilePath) -> int:
        """Copies the texts of references and the refused attempts of followed wallets from the journal of an agent.

        `update` first: only texts of references that were read are copied. Returns how much is new.
        """
        opened = journal if isinstance(journal, Journal) else open_journal(FilePath(journal))
        with self._store.writing() as connection:
            return copy_journal(connection, opened)

    # Views

    def rows(
        self,
        since: datetime | int | None = None,
        until: datetime | int | None = None,
        agent: str | None = None,
        payee: str | None = None,
        token: str | None = None,
        path: Path | str | None = None,
        unlisted: bool = False,
    ) -> Iterator[Row]:
        """Yields the movements, oldest first.

        `since` is inclusive and `until` exclusive (an `int` is unix seconds). `agent` is a wallet and `payee` the other
        side, each by address or name. `token` is an address, or the symbol of a listed token. Without `unlisted`, tokens
        that neither a mandate nor an event of the wallet names are left out: anybody can send them.
        """
        wanted = Wanted(since, until, agent, payee, token, path, unlisted)
        with self._store.reading() as connection:
            yield from read_rows(connection, self._names, wanted)

    def refusals(self, since: datetime | int | None = None, agent: str | None = None) -> list[Refused]:
        """Returns the refused attempts that `read_journal` has copied, oldest first. `since` and `agent` are as in `rows`."""
        with self._store.reading() as connection:
            return list(read_refusals(connection, self._names, since, agent))

    def by_day(self, **wanted: Any) -> list[Total]:
        """Returns what came and left on each day (UTC), for each token. Takes the arguments of `rows`."""
        return self._totals(day_of, wanted)

    def by_agent(self, **wanted: Any) -> list[Total]:
        """Returns what came to each wallet and left it, for each token. Takes the arguments of `rows`."""
        return self._totals(agent_of_row, wanted)

    def by_payee(self, **wanted: Any) -> list[Total]:
        """Returns what came from each other side and went to it, for each token. Takes the arguments of `rows`."""
        return self._totals(payee_of, wanted)

    def gas(self, **wanted: Any) -> list[GasUse]:
        """Returns who paid for the gas of what left each wallet. Takes the arguments of `rows`."""
        with self._store.reading() as connection:
            return gas_uses(connection, self._names, _wanted(wanted))

    def windows(self, agent: str) -> list[WindowUse]:
        """Returns what a wallet spent in each rolling window over time, with its limits. See `chart`."""
        with self._store.reading() as connection:
            return windows_of(connection, self._names.address(agent), int(time.time()))

    def chart(self, agent: str, path: str | FilePath) -> list[WindowUse]:
        """Draws the spending of a wallet against each of its rolling windows into a file, `.svg` or `.png`.

        Returns what it shows. Raises `InvalidInput` for a wallet without windows, or another ending.
        """
        windows = self.windows(agent)
        address = self._names.address(agent)
        draw(windows, FilePath(path), self._names.of(address) or address, datetime.now(UTC))
        return windows

    def prove(self, row_id: int) -> Proof:
        """Returns what a third party needs to verify a row. Compares it with the chain as it is now.

        Raises `InvalidInput` if there is no such row, or the chain doesn't have it any more.
        """
        row = self.row(row_id)
        node = next((each.node for each in self._bound().values() if each.node.chain_id() == row.chain_id), None)
        if node is None:
            raise InvalidInput(f"The row {row_id} is of chain {row.chain_id}. Call follow with that network first.")
        with self._store.reading() as connection:
            return prove(connection, node, row)

    def report(self, wallet: str, since: datetime | int | None = None) -> Report:
        """Returns the report of an incident: what an agent tried, what stopped it, what it spent, and who answers."""
        address = self._names.address(wallet)
        rows = list(self.rows(since=since, agent=address, unlisted=True))
        refused = self.refusals(since, address)
        with self._store.reading() as connection:
            keys = keys_of(connection, address)
            used = [each for each in self.key_use() if each.key in keys]
            return make_report(connection, self._names, address, since_of(since), rows, refused, used)

    def write_csv(self, file: TextIO, **wanted: Any) -> int:
        """Writes the rows as CSV into an open text file. Takes the arguments of `rows`. Returns how many there are."""
        return write_csv(self.rows(**wanted), file)

    def write_hledger(self, file: TextIO, **wanted: Any) -> None:
        """Writes the rows as a journal of hledger into an open text file. Takes the arguments of `rows`."""
        file.writelines(f"{line}\n" for line in hledger_lines(self.rows(**wanted)))

    def row(self, row_id: int) -> Row:
        """Returns one movement. Raises `InvalidInput` if there is none."""
        with self._store.reading() as connection:
            return read_row(connection, self._names, row_id)

    def balance(self, agent: str | None = None, unlisted: bool = False) -> list[Balance]:
        """Returns for each wallet and token whether the ledger agrees with the chain at the last block that was read."""
        only = None if agent is None else self._names.address(agent)
        found: list[Balance] = []
        for network_id, network in self._bound().items():
            entry_point = entry_point_of(network)
            with self._store.reading() as connection:
                held = connection.execute(held_tokens(network_id)).mappings().all()
                on_chain: dict[tuple[str, str], int | None] = {}
                for block in {row["read_to"] for row in held}:
                    wanted = [(row["wallet"], row["token"]) for row in held if row["read_to"] == block]
                    on_chain |= read_balances(network.node, entry_point, wanted, block)
                found.extend(sum_movements(connection, self._names, on_chain, network_id))
        chosen = [each for each in found if (unlisted or each.listed) and only in (None, each.wallet)]
        return sorted(chosen, key=lambda each: (each.wallet, each.symbol, each.token))

    def key_use(self) -> list[KeyUse]:
        """Returns for each agent key how many transactions it has sent, and how many of them the ledger explains."""
        found: list[KeyUse] = []
        for network_id, network in self._bound().items():
            with self._store.reading() as connection:
                found.extend(read_key_use(connection, network.node, self._names, network_id))
        return found

    # Inside

    def _totals(self, key: Key, wanted: Mapping[str, Any]) -> list[Total]:
        with self._store.reading() as connection:
            return add_up(connection, self._names, _wanted(wanted), key)

    def _bound(self) -> dict[int, Network]:
        if not self._networks:
            raise InvalidInput("The ledger doesn't know through which node to read. Call follow(network, ...) first.")
        return self._networks

    def _network_id(self, network: Network) -> int:
        chain_id, first = network.node.chain()
        values = {"chain_id": str(chain_id), "first_block_hash": first}
        query = select(networks.c.id).filter_by(**values)
        with self._store.writing() as connection:
            found = connection.execute(query).scalar()
            if found is None:
                connection.execute(networks.insert(), values)
                found = connection.execute(query).scalar_one()
        return int(found)

    def _add(
        self, network: Network, network_id: int, address: str, first_block: int | None, created: int | None = None
    ) -> None:
        with self._store.reading() as connection:
            if is_followed(connection, network_id, address):
                return
        first = first_block
        if first is None:
            first = creation_of(network, address) if created is None else created
        agent_id, principal = agent_of(network, address), first_principal(network, address, first)
        wallet = Wallet(0, address, agent_id, principal, first, first - 1)
        add_wallet(self._store, network, network_id, wallet, first_block is not None)

    def _add_principal(self, network_id: int, principal: str, first_block: int) -> None:
        where = principals.c.network_id == network_id, principals.c.address == principal
        with self._store.writing() as connection:
            if connection.execute(select(principals.c.address).where(*where)).scalar() is None:
                row = {"network_id": network_id, "address": principal, "searched_to": first_block - 1}
                connection.execute(principals.insert(), row)

    def _search_fleets(self, network: Network, network_id: int, end: int) -> None:
        with self._store.reading() as connection:
            found = connection.execute(select(principals).where(principals.c.network_id == network_id)).mappings().all()
        for row in found:
            if row["searched_to"] >= end:
                continue
            for address, block in wallets_of(network, row["address"], row["searched_to"] + 1, end).items():
                self._add(network, network_id, address, None, block)
            self._searched(network_id, row["address"], end)

    def _searched(self, network_id: int, principal: str, end: int) -> None:
        with self._store.writing() as connection:
            connection.execute(
                principals.update()
                .where(principals.c.network_id == network_id, principals.c.address == principal)
                .values(searched_to=end)
            )


def _wanted(given: Mapping[str, Any]) -> Wanted:
    return Wanted(**given)
