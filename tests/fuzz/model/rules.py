"""The words that the model speaks: a refusal, an event, and an action that is all or nothing.

Everybody and everything has a name, such as "principal", "wallet 0" or "usdc". Times are unix seconds. No chain, no hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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


def require(condition: bool, error: str, *arguments: Any) -> None:
    """Refuses unless the condition holds."""
    if not condition:
        raise Refused(error, *arguments)
