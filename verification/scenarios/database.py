"""Stores failing scenarios with Hypothesis's example databases: in a folder, or on a Redis server that machines share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from verification.scenarios.trace import Step

KEY = b"peculium scenarios"


class DatabaseUnusable(Exception):
    """The database can't be opened; the message says what to do."""


def open_database(place: str) -> ExampleDatabase:
    """Opens a folder, or `redis://host:port`."""
    if "://" not in place:
        return DirectoryBasedExampleDatabase(Path(place))
    try:
        from hypothesis.extra.redis import RedisExampleDatabase
        from redis import Redis, RedisError
    except ImportError:
        raise DatabaseUnusable("A Redis database needs the package redis: pip install redis") from None
    try:
        server = Redis.from_url(place)
        server.ping()
    except (RedisError, ValueError) as reason:
        raise DatabaseUnusable(f"No Redis server answers at {place} ({reason}). Pass a folder instead.") from None
    return RedisExampleDatabase(server)


def save(database: ExampleDatabase, steps: list[Step]) -> None:
    """Stores a failing scenario."""
    database.save(KEY, json.dumps(steps, separators=(",", ":")).encode())


def stored(database: ExampleDatabase) -> Iterator[tuple[bytes, list[Step]]]:
    """Every stored value with its scenario, shortest first."""
    for value in sorted(database.fetch(KEY), key=len):
        yield value, [(name, arguments) for name, arguments in json.loads(value)]
