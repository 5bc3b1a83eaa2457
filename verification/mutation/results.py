"""The result of a mutant, and how processes report it to each other."""

from __future__ import annotations

import json
import os
import select
from dataclasses import asdict, dataclass
from typing import Any

KILLED, SURVIVED, TIMED_OUT, BROKEN = "killed", "survived", "timed out", "broken"
SAME_BYTECODE, EQUIVALENT, NOT_COMPILABLE = "same bytecode", "equivalent", "not compilable"
DETECTED = (KILLED, TIMED_OUT)


@dataclass(frozen=True)
class Result:
    """What the tests say of one build. Number 0 is the original build, which has to survive."""

    number: int
    outcome: str
    killed_by: str
    """The test that failed."""
    seconds: float

    @property
    def line(self) -> str:
        """The form in which processes exchange it."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Result:
        """The inverse of `line`."""
        return cls(**json.loads(line))


def send(pipe: int, **message: Any) -> None:
    """Writes one message into a pipe."""
    os.write(pipe, (json.dumps(message) + "\n").encode())


def receive(pipe: int, patience: float) -> list[dict[str, Any]] | None:
    """Reads all messages until the other process ends. None if it is silent for longer than `patience` (seconds)."""
    received = b""
    try:
        while select.select([pipe], [], [], patience)[0]:
            piece = os.read(pipe, 65_536)
            if not piece:
                return [json.loads(line) for line in received.splitlines()]
            received += piece
    finally:
        os.close(pipe)
    return None


def outcome_of(messages: list[dict[str, Any]] | None) -> tuple[str, str]:
    """The outcome in these messages, and the test that failed."""
    if messages is None:
        return TIMED_OUT, ""
    # A process that ends without an outcome has crashed.
    last = messages[-1] if messages and "outcome" in messages[-1] else {"outcome": BROKEN}
    return last["outcome"], last.get("killed_by", "")
