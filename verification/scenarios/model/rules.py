"""The words that the model speaks: a refusal, an event, and an action that is all or nothing.

Everybody and everything has a name, such as "principal", "wallet 0" or "usdc". Times are unix seconds. No chain, no hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol


class Refused(Exception):
    """An action is refused, with this error and these arguments, and nothing has happened."""

    def __init__(self, error: str, *arguments: Any) -> None:
        super().__init__(error, *arguments)
        self.error, self.arguments = error, arguments


@dataclass(frozen=True)
class Event:
    """What `emitter` tells the world."""

    emitter: str
    name: str
    arguments: tuple[Any, ...]


class Busy(Protocol):
    """Who does one thing at a time."""

    busy: bool


@contextmanager
def one_at_a_time(who: Busy) -> Iterator[None]:
    """Whoever is called in the middle of it can't begin another (I20)."""
    require(not who.busy, "ReentrancyGuardReentrantCall")
    who.busy = True
    try:
        yield
    finally:
        who.busy = False


def require(condition: bool, error: str, *arguments: Any) -> None:
    """Refuses unless the condition holds."""
    if not condition:
        raise Refused(error, *arguments)
