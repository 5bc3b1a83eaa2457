"""Stories that have failed, kept where others find them: Hypothesis's own databases, in a folder or on a Redis server for many machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from verification.scenarios.campaign import Failure
from verification.scenarios.comparison import Difference
from verification.scenarios.fixtures import Cast
from verification.scenarios.scenario import tell
from verification.scenarios.trace import Step

KEY = b"peculium stories"
RETOLD = 0
"""The seed of what no seed has drawn here."""


class Unusable(Exception):
    """What was named is no database; says what to do."""


def database_at(place: str) -> ExampleDatabase:
    """A folder, or `redis://host:port/number`."""
    if "://" not in place:
        return DirectoryBasedExampleDatabase(Path(place))
    try:
        from hypothesis.extra.redis import RedisExampleDatabase
        from redis import Redis, RedisError
    except ImportError:
        raise Unusable("A database on a server needs the package redis: .venv/bin/pip install redis") from None
    try:
        server = Redis.from_url(place)
        server.ping()
    except (RedisError, ValueError) as reason:
        raise Unusable(f"No Redis server answers at {place}: {reason}. A folder would do too.") from None
    return RedisExampleDatabase(server)


def keep(database: ExampleDatabase, steps: list[Step]) -> None:
    """For whoever runs next."""
    database.save(KEY, json.dumps(steps, separators=(",", ":")).encode())


def stories_in(database: ExampleDatabase) -> Iterator[tuple[bytes, list[Step]]]:
    """Every story, the shortest first, with what it is kept as."""
    for value in sorted(database.fetch(KEY), key=len):
        yield value, [(name, arguments) for name, arguments in json.loads(value)]


def retell(cast: Cast, database: ExampleDatabase) -> tuple[int, Failure | None]:
    """Tells every story again, until one fails. What fails no more is mended, and forgotten; how many those were."""
    mended = 0
    for value, steps in stories_in(database):
        difference = _difference(cast, steps)
        if difference is not None:
            return mended, Failure(RETOLD, steps, difference)
        database.delete(KEY, value)
        mended += 1
    return mended, None


def _difference(cast: Cast, steps: list[Step]) -> Difference | None:
    try:
        return tell(cast, steps).difference
    except (KeyError, TypeError, ValueError, AssertionError):
        # Told in words that stories had once, before an action or its arguments changed.
        return None
