"""The tables. They are the same in SQLite and PostgreSQL."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

VERSION = "1"
"""Version of the tables."""
_DIGITS = 78
"""A number of 256 bits has at most so many digits."""


class Uint256(TypeDecorator[int]):
    """An unsigned number of up to 256 bits: text in SQLite, whose integers have 64 bits, and `NUMERIC(78)` in PostgreSQL."""

    impl = String(_DIGITS)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Returns the type of the column."""
        kind: TypeEngine[Any] = Numeric(_DIGITS, 0) if _is_numeric(dialect) else String(_DIGITS)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | Decimal | None:
        """Returns the number as the driver takes it."""
        if value is None:
            return None
        return Decimal(value) if _is_numeric(dialect) else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        """Returns the number."""
        return None if value is None else int(value)


def _is_numeric(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


def _address(name: str, **options: Any) -> Column[str]:
    return Column(name, String(42), nullable=options.pop("nullable", False), **options)


def _hash(name: str, **options: Any) -> Column[str]:
    return Column(name, String(66), nullable=options.pop("nullable", False), **options)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _of(table: str, **options: Any) -> Column[int]:
    return Column(f"{table}_id", ForeignKey(f"{table}s.id"), nullable=options.pop("nullable", False), **options)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


metadata = MetaData()

books = Table("books", metadata, Column("version", String(10), primary_key=True))
"""One row: the version of the tables."""

networks = Table(
    "networks",
    metadata,
    _id(),
    Column("chain_id", String(_DIGITS), nullable=False),
    _hash("first_block_hash"),
    UniqueConstraint("chain_id", "first_block_hash"),
)

wallets = Table(
    "wallets",
    metadata,
    _id(),
    _of("network"),
    _address("address"),
    Column("agent_id", Uint256),
    _address("principal"),
    _number("first_block"),
    _number("read_to"),
    UniqueConstraint("network_id", "address"),
)
"""The wallets that are followed. `principal` answered for it in `first_block`; `read_to` is the last block that was read."""

principals = Table(
    "principals",
    metadata,
    Column("network_id", ForeignKey("networks.id"), primary_key=True),
    _address("address", primary_key=True),
    _number("searched_to"),
)
"""The principals whose fleets are followed. `searched_to`: the last block that was searched for their wallets."""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("network_id", ForeignKey("networks.id"), primary_key=True),
    Column("block", BigInteger, primary_key=True),
    _hash("hash"),
)
"""Hashes of the blocks at which pieces ended."""

tokens = Table(
    "tokens",
    metadata,
    _id(),
    _of("network"),
    _address("address"),
    Column("symbol", String(80), nullable=False),
    Column("decimals", Integer),
    UniqueConstraint("network_id", "address"),
)

holdings = Table(
    "holdings",
    metadata,
    Column("wallet_id", ForeignKey("wallets.id"), primary_key=True),
    Column("token_id", ForeignKey("tokens.id"), primary_key=True),
    Column("opening", Uint256),
    Column("listed", Boolean, nullable=False),
)
"""What a wallet held before `first_block`; null if the node couldn't say. `listed`: a mandate or an event of the wallet names it."""

transactions = Table(
    "transactions",
    metadata,
    _id(),
    _of("network"),
    _hash("hash"),
    _number("block"),
    _hash("block_hash"),
    _number("time"),
    _address("sender"),
    Column("gas_cost", Uint256, nullable=False),
    UniqueConstraint("network_id", "hash"),
    Index("transactions_by_block", "network_id", "block"),
    Index("transactions_by_sender", "sender"),
)

movements = Table(
    "movements",
    metadata,
    _id(),
    _of("wallet"),
    _of("token"),
    _of("transaction"),
    _number("block"),
    _number("time"),
    Column("log_index", Integer, nullable=False),
    Column("incoming", Boolean, nullable=False),
    Column("amount", Uint256, nullable=False),
    Column("path", String(20), nullable=False),
    Column("sent", String(10)),
    _address("party"),
    _address("principal"),
    _hash("ref", nullable=True),
    _address("gas_payer"),
    Column("gas_cost", Uint256, nullable=False),
    _hash("operation", nullable=True),
    UniqueConstraint("wallet_id", "transaction_id", "log_index", "incoming"),
    Index("movements_by_time", "wallet_id", "time"),
    Index("movements_by_block", "wallet_id", "block"),
    Index("movements_by_transaction", "transaction_id"),
)

charges = Table(
    "charges",
    metadata,
    _id(),
    _of("wallet"),
    _of("token"),
    _of("transaction"),
    _number("block"),
    _number("time"),
    Column("log_index", Integer, nullable=False),
    Column("amount", Uint256, nullable=False),
    UniqueConstraint("wallet_id", "transaction_id", "log_index"),
    Index("charges_by_block", "wallet_id", "block"),
)
"""What payments and calls charged (budget units)."""

events = Table(
    "events",
    metadata,
    _id(),
    _of("wallet"),
    _of("transaction"),
    _number("block"),
    _number("time"),
    Column("log_index", Integer, nullable=False),
    Column("name", String(40), nullable=False),
    _hash("key", nullable=True),
    Column("log", Text, nullable=False),
    UniqueConstraint("wallet_id", "transaction_id", "log_index"),
    Index("events_by_name", "wallet_id", "name", "key"),
    Index("events_by_block", "wallet_id", "block"),
)
"""Other events of a wallet and of its switch, as logs (JSON). `key` is what one is looked up by."""

refusals = Table(
    "refusals",
    metadata,
    _id(),
    _of("wallet"),
    _number("time"),
    Column("tried_at", String(40), nullable=False),
    Column("action", String(80), nullable=False),
    Column("error", Text, nullable=False),
    UniqueConstraint("wallet_id", "tried_at", "action"),
)
"""Attempts that were refused, copied from journals."""

texts = Table("texts", metadata, _hash("ref", primary_key=True), Column("text", Text, nullable=False))
"""What references stand for, copied from journals."""
