"""The database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from peculium.errors import InvalidInput, LedgerFailed
from peculium.ledger.schema import VERSION, books, metadata

AT_ONCE = 500
"""Values in one `IN`: SQLite bounds them."""
_WAIT_SECONDS = 30
"""How long one process waits for another that writes to the same SQLite file."""


class Store:
    """The database with the tables. Any number of processes can share it."""

    def __init__(self, place: str | Path) -> None:
        """Opens it, and creates the tables if it is empty. `place` is the path of a file, or an URL of SQLAlchemy.

        Raises `InvalidInput` if it can't be opened, or is the database of another program.
        """
        url = str(place)
        if "://" not in url:
            url = f"sqlite:///{url}"
        elif url.startswith(("postgres://", "postgresql://")):
            url = "postgresql+psycopg://" + url.partition("://")[2]
        try:
            self.engine = _engine(url)
            with self.engine.begin() as connection:
                found = _version(connection)
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise InvalidInput(
                f"The database of the ledger can't be opened: {_why(error)}. Pass the path of a file, or "
                "postgresql://user@host/database."
            ) from None
        if found != VERSION:
            raise InvalidInput(
                "This is the database of another program, or of another version of the ledger. Name another one."
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that changes nothing. Raises `LedgerFailed` if the database fails."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _failed(error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is written, or nothing. Raises `LedgerFailed` if the database fails."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _failed(error) from error

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": _WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        # Readers don't wait for a writer.
        connection.execute("PRAGMA journal_mode = WAL")

    return engine


def _version(connection: Connection) -> str | None:
    names = inspect(connection).get_table_names()
    if not names:
        metadata.create_all(connection)
        connection.execute(books.insert().values(version=VERSION))
    elif books.name not in names:
        return None
    return connection.execute(select(books.c.version)).scalar()


def _failed(error: SQLAlchemyError) -> LedgerFailed:
    return LedgerFailed(
        f"The database of the ledger fails: {_why(error)}. Nothing of the last step was written. Check the database, then try "
        "again."
    )


def _why(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} isn't installed, the driver of PostgreSQL: pip install 'psycopg[binary]'"
    # The message of the driver alone: SQLAlchemy's has the statement and its values, or the URL with its password.
    original = getattr(error, "orig", None)
    return str(original or error).splitlines()[0].rstrip(".") if str(original or error) else type(error).__name__


def pieces(values: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """Splits values into lists that one `IN` can hold."""
    found = list(values)
    for start in range(0, len(found), AT_ONCE):
        yield found[start : start + AT_ONCE]


def ids_of(connection: Connection, table: Table, column: str, network: int, values: Iterable[str]) -> dict[str, int]:
    """Returns the ids of rows of a network by a column, for those that exist."""
    key = table.c[column]
    found: dict[str, int] = {}
    for piece in pieces(values):
        rows = connection.execute(select(key, table.c.id).where(table.c.network_id == network, key.in_(piece)))
        found.update((value, id_) for value, id_ in rows)
    return found
