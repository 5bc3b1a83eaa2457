"""The rows of the ledger, as people and programs read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from peculium.errors import InvalidInput, clean
from peculium.ledger.path import Path
from peculium.ledger.schema import holdings, movements, networks, texts, tokens, transactions, wallets
from peculium.ledger.store import pieces
from peculium.mandate import NATIVE
from peculium.plain import as_plain
from peculium.units import from_base_units, from_timestamp, to_address, to_timestamp
from peculium.wallet.refs import ref_text

NO_TEXT = "text not kept"
"""In place of a reference that is a hash, or bytes without a meaning, if no journal has its text."""


@dataclass(frozen=True)
class Row:
    """An amount that came into a wallet or left it."""

    id: int
    """Its number in this database."""
    time: datetime
    """Of the block (UTC)."""
    chain_id: int
    wallet: str
    """Address of the agent's wallet."""
    wallet_name: str | None
    agent_id: int | None
    """In the registry; None if it was never registered."""
    principal: str
    """Who answered for the agent then."""
    principal_name: str | None
    incoming: bool
    party: str
    """The other side: who was paid, or who paid."""
    party_name: str | None
    token: str
    symbol: str
    """What the token calls itself, cleaned."""
    listed: bool
    """Whether a mandate or an event of the wallet names the token. Anybody can send others, under any name."""
    base_units: int
    amount: Decimal | None
    """Whole tokens; None if the token doesn't report its decimals."""
    ref: str | None
    """The reference on chain (0x hex)."""
    text: str
    """The reference as text; "text not kept" if neither it nor a journal has one, and empty if there is no reference."""
    path: Path
    sent: Path | None
    """How the agent's action reached the wallet; None for what isn't its action."""
    gas_cost: Decimal
    """What the gas of its user operation cost, or of its transaction (whole native currency). Rows can share it."""
    gas_payer: str
    block: int
    block_hash: str
    transaction: str
    operation: str | None
    """Hash of the user operation."""
    log_index: int
    """Position among all logs of the block."""

    def as_dict(self) -> dict[str, Any]:
        """Returns the row as values that JSON can hold. `base_units` is text: JSON's numbers are too small."""
        plain: dict[str, Any] = as_plain(self)
        return {**plain, "base_units": str(self.base_units)}

    @property
    def unit(self) -> str:
        """What the amount is counted in: the symbol, with the address if the token isn't listed."""
        return self.symbol if self.listed else f"{self.symbol} {self.token}"


@dataclass(frozen=True)
class Wanted:
    """Which rows are wanted. What is None isn't restricted."""

    since: datetime | int | None = None
    until: datetime | int | None = None
    """Exclusive."""
    agent: str | None = None
    payee: str | None = None
    token: str | None = None
    path: Path | str | None = None
    unlisted: bool = False
    """Also tokens that neither a mandate nor an event of the wallet names."""


class Names:
    """An address book: names of wallets, principals and payees."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._addresses = {name: to_address(address) for name, address in (names or {}).items()}
        self._names = {address: name for name, address in reversed(self._addresses.items())}

    def of(self, address: str) -> str | None:
        """Returns the first name of an address, or None."""
        return self._names.get(address)

    def address(self, given: str) -> str:
        """Returns the address that a name or an address means. Raises `InvalidInput` for anything else."""
        if given in self._addresses:
            return self._addresses[given]
        if not given.startswith(("0x", "0X")):
            raise InvalidInput(
                f"The ledger knows no name {clean(given)!r}. Pass an address, or add the name to the address book."
            )
        return to_address(given)


def read_rows(connection: Connection, names: Names, wanted: Wanted) -> Iterator[Row]:
    """Yields rows, oldest first."""
    query = selected(names, wanted)
    order = movements.c.time, movements.c.block, movements.c.log_index, movements.c.id
    result = connection.execution_options(yield_per=2_000).execute(query.order_by(*order))
    for some in result.mappings().partitions():
        kept = _kept_texts(connection, some)
        for row in some:
            yield _row(row, names, kept)


def read_row(connection: Connection, names: Names, row_id: int) -> Row:
    """Returns one row. Raises `InvalidInput` if there is none."""
    found = connection.execute(_query().where(movements.c.id == row_id)).mappings().first()
    if found is None:
        raise InvalidInput(
            f"The ledger has no row {row_id}. Its rows are listed by `rows` and by `peculium ledger show`."
        )
    return _row(found, names, _kept_texts(connection, [found]))


def selected(names: Names, wanted: Wanted) -> Select[Any]:
    """Returns the query of the wanted rows."""
    return _filtered(_query(), names, wanted)


def _query() -> Select[Any]:
    joined = (
        movements.join(wallets)
        .join(networks, wallets.c.network_id == networks.c.id)
        .join(tokens, movements.c.token_id == tokens.c.id)
        .join(transactions, movements.c.transaction_id == transactions.c.id)
        .join(
            holdings,
            (holdings.c.wallet_id == movements.c.wallet_id) & (holdings.c.token_id == movements.c.token_id),
        )
    )
    return select(
        movements,
        wallets.c.address.label("wallet"),
        wallets.c.agent_id,
        networks.c.chain_id,
        tokens.c.address.label("token"),
        tokens.c.symbol,
        tokens.c.decimals,
        holdings.c.listed,
        transactions.c.hash,
        transactions.c.block_hash,
    ).select_from(joined)


def _filtered(query: Select[Any], names: Names, wanted: Wanted) -> Select[Any]:
    if wanted.since is not None:
        query = query.where(movements.c.time >= to_timestamp(wanted.since))
    if wanted.until is not None:
        query = query.where(movements.c.time < to_timestamp(wanted.until))
    if wanted.agent is not None:
        query = query.where(wallets.c.address == names.address(wanted.agent))
    if wanted.payee is not None:
        query = query.where(movements.c.party == names.address(wanted.payee))
    if wanted.token is not None:
        by_address = wanted.token.startswith("0x")
        query = query.where(
            tokens.c.address == to_address(wanted.token)
            if by_address
            # A symbol means tokens that a mandate or the wallet names: anybody can give a token any symbol.
            else (tokens.c.symbol == wanted.token) & holdings.c.listed.is_(True)
        )
    if wanted.path is not None:
        query = query.where(movements.c.path == _path(wanted.path).value)
    if not wanted.unlisted and wanted.token is None:
        query = query.where(holdings.c.listed.is_(True))
    return query


def _path(given: Path | str) -> Path:
    try:
        return Path(given)
    except ValueError:
        known = ", ".join(each.value for each in Path)
        raise InvalidInput(f"There is no path {clean(str(given))!r}. Use one of: {known}.") from None


def _kept_texts(connection: Connection, rows: Any) -> dict[str, str]:
    refs = {row["ref"] for row in rows if row["ref"] is not None}
    found: dict[str, str] = {}
    for piece in pieces(refs):
        kept = connection.execute(select(texts.c.ref, texts.c.text).where(texts.c.ref.in_(piece)))
        found.update((ref, text) for ref, text in kept)
    return found


def _row(row: RowMapping, names: Names, kept: Mapping[str, str]) -> Row:
    decimals = row["decimals"]
    return Row(
        id=row["id"],
        time=from_timestamp(row["time"]),
        chain_id=int(row["chain_id"]),
        wallet=row["wallet"],
        wallet_name=names.of(row["wallet"]),
        agent_id=row["agent_id"],
        principal=row["principal"],
        principal_name=names.of(row["principal"]),
        incoming=row["incoming"],
        party=row["party"],
        party_name=names.of(row["party"]),
        token=row["token"],
        symbol=row["symbol"],
        listed=row["listed"] or row["token"] == NATIVE,
        base_units=row["amount"],
        amount=None if decimals is None else from_base_units(row["amount"], decimals),
        ref=row["ref"],
        # The reference of a fee is the number of the relayed action.
        text="" if row["path"] == Path.FEE else _text(row["ref"], kept),
        path=Path(row["path"]),
        sent=None if row["sent"] is None else Path(row["sent"]),
        gas_cost=from_base_units(row["gas_cost"], 18),
        gas_payer=row["gas_payer"],
        block=row["block"],
        block_hash=row["block_hash"],
        transaction=row["hash"],
        operation=row["operation"],
        log_index=row["log_index"],
    )


def _text(ref: str | None, kept: Mapping[str, str]) -> str:
    if ref is None:
        return ""
    if ref in kept:
        return clean(kept[ref])
    text = ref_text(bytes.fromhex(ref[2:]))
    # Bytes that aren't text, for example the hash that stands for a long one.
    return NO_TEXT if text == ref else text
