"""The outcomes of a transaction in the model: a refusal, or events.

Names such as "principal", "wallet 0" or "usdc" stand for addresses. Times are unix seconds. The model does not know
the chain and computes no hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol


class Refused(Exception):
    """The transaction reverts with this error and these arguments."""

    def __init__(self, error: str, *arguments: Any) -> None:
        super().__init__(error, *arguments)
        self.error, self.arguments = error, arguments


class Hashed(str):
    """A text of which the chain has the keccak256."""

    __slots__ = ()


@dataclass(frozen=True)
class Event:
    """An event of the contract `emitter`."""

    emitter: str
    name: str
    arguments: tuple[Any, ...]


class Guarded(Protocol):
    """A contract with a reentrancy guard."""

    entered: bool


@contextmanager
def non_reentrant(who: Guarded) -> Iterator[None]:
    """Refuses a nested call of the same contract (I20)."""
    require(not who.entered, "ReentrancyGuardReentrantCall")
    who.entered = True
    try:
        yield
    finally:
        who.entered = False


def require(condition: bool, error: str, *arguments: Any) -> None:
    """Refuses unless the condition holds."""
    if not condition:
        raise Refused(error, *arguments)
