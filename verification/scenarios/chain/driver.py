"""What every chain driver does: runs transactions in blocks and returns one answer for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

GAS_LIMIT = hex(15_000_000)
"""Of each transaction."""
Log = tuple[str, list[str], str]
"""Emitter, topics and data, in hex."""


@dataclass(frozen=True)
class Sent:
    """A transaction as sent to the node: addresses and data in hex."""

    sender: str
    to: str
    data: str


@dataclass(frozen=True)
class Answer:
    """The outcome of a transaction."""

    succeeded: bool
    data: str
    """Return data, or revert data (hex)."""
    logs: list[Log]


class ChainFailed(Exception):
    """The node did not answer as expected; the message is the node's own."""


class Driver(Protocol):
    """A way to run a scenario on a node."""

    OPTIONS: ClassVar[tuple[str, ...]]
    """Command line options of the node."""

    def __init__(self, port: int) -> None: ...

    def connect(self, secrets: Mapping[str, int], addresses: Mapping[str, str]) -> None:
        """Receives the keys and addresses of all names once the contracts are deployed."""

    def run(self, blocks: Sequence[tuple[int, Sequence[Sent]]]) -> list[Answer]:
        """Runs blocks, each with its time (unix seconds) and transactions. Leaves the chain as it was."""
