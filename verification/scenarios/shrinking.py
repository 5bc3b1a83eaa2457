"""Shrinks a failing scenario: removes every step that it fails without."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from verification.scenarios.trace import Step

Fails = Callable[[list[Step]], bool]


def shrink(steps: list[Step], fails: Fails, note: Callable[[int], None] = lambda _: None) -> list[Step]:
    """Removes ever smaller parts and then reduces numbers, until nothing changes. `note` receives the length."""
    before = -1
    while before != len(steps):
        before = len(steps)
        size = max(len(steps) // 2, 1)
        while size:
            steps = _without_parts(steps, size, fails, note)
            size //= 2
        steps = _joined(steps, fails)
    return _simplified(steps, fails)


def _without_parts(steps: list[Step], size: int, fails: Fails, note: Callable[[int], None]) -> list[Step]:
    # Start at the end: later steps depend on earlier ones.
    start = len(steps) - size
    while start > -size:
        shorter = steps[: max(start, 0)] + steps[max(start, 0) + size :]
        if len(shorter) < len(steps) and fails(shorter):
            steps = shorter
            note(len(steps))
        start -= size
    return steps


def _joined(steps: list[Step], fails: Fails) -> list[Step]:
    """Joins two consecutive waits."""
    for index, ((name, first), (then, second)) in reversed(list(enumerate(pairwise(steps)))):
        if name == then == "wait":
            one: Step = ("wait", {"seconds": first["seconds"] + second["seconds"]})
            shorter = [*steps[:index], one, *steps[index + 2 :]]
            if fails(shorter):
                steps = shorter
    return steps


def _simplified(steps: list[Step], fails: Fails) -> list[Step]:
    """Reduces amounts and times where the scenario still fails."""
    for index, (name, arguments) in enumerate(steps):
        for key, value in arguments.items():
            for smaller in _smaller(value):
                tried = [*steps[:index], (name, {**steps[index][1], key: smaller}), *steps[index + 1 :]]
                if fails(tried):
                    steps = tried
                    break
    return steps


def _smaller(value: Any) -> list[Any]:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 1:
        return []
    return [0, 1, *(10**power for power in range(1, len(str(value)))), value // 2]
