"""What an agent has sent and tried, in a file that outlives its process."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from peculium.errors import ContractError, InvalidInput, JournalFailed
from peculium.errors.redaction import shown
from peculium.units import to_address

MAX_KEY = 200
"""The most characters of a `once` key."""
_WAIT_SECONDS = 30
"""How long one process waits for another one that writes."""
_APPLICATION, _VERSION = 0x7065_6375, 1
"""What marks a SQLite file as a journal, and the version of its tables."""
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY,
    chain_id TEXT NOT NULL,
    wallet TEXT NOT NULL,
    key TEXT NOT NULL,
    way TEXT NOT NULL,
    content BLOB NOT NULL,
    written_at TEXT NOT NULL,
    UNIQUE (chain_id, wallet, key)
) STRICT;
CREATE TABLE IF NOT EXISTS attempts (
    entry INTEGER NOT NULL REFERENCES entries (id),
    number INTEGER NOT NULL,
    hash TEXT NOT NULL,
    signed TEXT NOT NULL,
    written_at TEXT NOT NULL,
    PRIMARY KEY (entry, number)
) STRICT;
CREATE TABLE IF NOT EXISTS texts (ref BLOB PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS refusals (
    id INTEGER PRIMARY KEY,
    chain_id TEXT NOT NULL,
    wallet TEXT NOT NULL,
    action TEXT NOT NULL,
    error TEXT NOT NULL,
    tried_at TEXT NOT NULL
) STRICT;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
COMMIT;
"""


@dataclass(frozen=True)
class Place:
    """What an entry is found by. The agent key isn't part of it: a new key doesn't do again what the last one did."""

    chain_id: int
    wallet: str
    key: str
    """The `once` key."""

    @classmethod
    def of(cls, chain_id: int, wallet: str, key: str) -> Place:
        """Checks the parts. Raises `InvalidInput` for a key that isn't 1 to `MAX_KEY` printable characters."""
        return cls(chain_id, to_address(wallet), to_key(key))

    def columns(self) -> tuple[str, str, str]:
        """Returns the columns of the entry. An id of a chain can be larger than an integer of SQLite."""
        return str(self.chain_id), self.wallet, self.key


@dataclass(frozen=True)
class Attempt:
    """Something that was signed: a transaction or a user operation."""

    hash: str
    """0x hex."""
    signed: dict[str, Any]
    """All that is needed to send it again (JSON)."""


@dataclass(frozen=True)
class Entry:
    """What was sent under one key."""

    place: Place
    way: str
    """How it was sent: the name of a transport."""
    content: bytes
    """Calldata of the action, by which another use of the key is recognized."""
    written_at: datetime
    attempts: tuple[Attempt, ...]
    """Oldest first."""


@dataclass(frozen=True)
class Refusal:
    """An attempt that a contract refused. Nothing was sent."""

    chain_id: int
    wallet: str
    action: str
    """Name of the wallet's function."""
    error: dict[str, Any]
    """`ContractError.as_dict()`."""
    tried_at: datetime


class Journal:
    """A SQLite file. Everything signed is written down before it is sent, so that a retry sends the same again.

    Any number of processes and threads of one machine can share the file. It holds signed transactions, but no keys. Every
    method raises `JournalFailed` if the file can't be read or written.
    """

    def __init__(self, path: str | Path) -> None:
        """Opens the file, or creates it. Raises `InvalidInput` if it is no journal."""
        self.path = Path(path)
        if str(path) == ":memory:":
            raise InvalidInput("A journal in memory is lost with its process. Name a file.")
        try:
            # Only its owner can read it: whoever has a signed transaction can send it.
            self.path.touch(mode=0o600)
            with self._open() as connection:
                found = _marks(connection)
                if found is None:
                    connection.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise InvalidInput(f"{self.path} can't be used as a journal: {error}. Name another file.") from None
        if found not in (None, (_APPLICATION, _VERSION)):
            raise InvalidInput(
                f"{self.path} is the database of another program, or the journal of another version. Name another file."
            )

    # Entries

    def entry(self, place: Place) -> Entry | None:
        """Returns what was sent under a key, or None."""
        with self._connection() as connection:
            return _entry(connection, place)

    def write(self, place: Place, way: str, content: bytes, attempt: Attempt, after: int) -> Entry:
        """Writes down an attempt if `after` attempts are there, and returns the entry.

        If there are more, another process was faster, and the attempt isn't written down. With `after=0` the entry is
        created unless it exists; the caller compares its content. The caller has made sure that no earlier attempt can
        happen besides this one.
        """
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            if after == 0:
                connection.execute(
                    "INSERT INTO entries (chain_id, wallet, key, way, content, written_at) VALUES (?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT DO NOTHING",
                    (*place.columns(), way, content, _now()),
                )
            connection.execute(
                "INSERT INTO attempts (entry, number, hash, signed, written_at) SELECT id, ?, ?, ?, ? FROM entries "
                "WHERE (chain_id, wallet, key) = (?, ?, ?) AND "
                "? = (SELECT count(*) FROM attempts WHERE attempts.entry = entries.id)",
                (after, attempt.hash, json.dumps(attempt.signed), _now(), *place.columns(), after),
            )
            entry = _entry(connection, place)
        if entry is None:
            raise JournalFailed(
                f"{self.path} has lost the entry of {place.key!r}. Don't delete a journal that is in use."
            )
        return entry

    # References and refusals

    def write_text(self, ref: bytes, text: str) -> None:
        """Writes down the text that a reference (32 bytes) stands for."""
        with self._connection() as connection:
            connection.execute("INSERT OR IGNORE INTO texts (ref, text) VALUES (?, ?)", (ref, text))

    def text_of(self, ref: bytes) -> str | None:
        """Returns the text of a reference (32 bytes), or None."""
        with self._connection() as connection:
            row = connection.execute("SELECT text FROM texts WHERE ref = ?", (ref,)).fetchone()
        return None if row is None else str(row[0])

    def write_refusal(self, chain_id: int, wallet: str, action: str, error: ContractError) -> None:
        """Writes down an attempt that a contract refused."""
        row = (str(chain_id), to_address(wallet), action, json.dumps(error.as_dict()), _now())
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO refusals (chain_id, wallet, action, error, tried_at) VALUES (?, ?, ?, ?, ?)", row
            )

    def refusals(self, chain_id: int, wallet: str) -> list[Refusal]:
        """Returns the refused attempts of a wallet's agent, oldest first."""
        query = "SELECT action, error, tried_at FROM refusals WHERE chain_id = ? AND wallet = ? ORDER BY id"
        address = to_address(wallet)
        with self._connection() as connection:
            rows = connection.execute(query, (str(chain_id), address)).fetchall()
        return [
            Refusal(chain_id, address, action, json.loads(error), datetime.fromisoformat(tried_at))
            for action, error, tried_at in rows
        ]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # A connection per use: SQLite's may not be shared by threads. The changes are committed at the end, all or none.
        connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            # A committed change survives a loss of power.
            connection.execute("PRAGMA synchronous = FULL")
            yield connection
            if connection.in_transaction:
                connection.execute("COMMIT")
        finally:
            connection.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._open() as connection:
                yield connection
        except sqlite3.Error as error:
            raise JournalFailed(
                f"The journal {self.path} can't be used: {error}. Nothing was sent now. Check the file and the space on its disk, "
                "then try again with the same key."
            ) from None


def to_key(key: str) -> str:
    """Returns the key if it has 1 to `MAX_KEY` printable characters. Raises `InvalidInput` otherwise."""
    if not isinstance(key, str) or not key or len(key) > MAX_KEY or not key.isprintable():
        raise InvalidInput(f"The key {shown(key)} can't be used for `once`. Use 1 to {MAX_KEY} printable characters.")
    return key


def _marks(connection: sqlite3.Connection) -> tuple[int, int] | None:
    # Program and version that the file names; None for an empty one.
    queries = "PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_schema"
    application, version, tables = (connection.execute(query).fetchone()[0] for query in queries)
    return (application, version) if tables else None


def _entry(connection: sqlite3.Connection, place: Place) -> Entry | None:
    row = connection.execute(
        "SELECT id, way, content, written_at FROM entries WHERE (chain_id, wallet, key) = (?, ?, ?)", place.columns()
    ).fetchone()
    if row is None:
        return None
    attempts = connection.execute("SELECT hash, signed FROM attempts WHERE entry = ? ORDER BY number", (row[0],))
    found = tuple(Attempt(hash, json.loads(signed)) for hash, signed in attempts)
    return Entry(place, row[1], row[2], datetime.fromisoformat(row[3]), found)


def _now() -> str:
    return datetime.now(UTC).isoformat()
