"""One difference between two mandates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Direction(StrEnum):
    """What a difference does to what the agent may do."""

    WIDER = "wider"
    NARROWER = "narrower"
    CHANGED = "changed"
    """Neither, or both, or it can't be said."""

    @property
    def mirror(self) -> Direction:
        """The direction of the same difference the other way around."""
        return {Direction.WIDER: Direction.NARROWER, Direction.NARROWER: Direction.WIDER}.get(self, self)

    @classmethod
    def of(cls, more: bool, less: bool) -> Direction:
        """Returns the direction if the new terms allow something more, and something less."""
        return cls.CHANGED if more == less else cls.WIDER if more else cls.NARROWER


@dataclass(frozen=True)
class Difference:
    """What a new mandate changes."""

    direction: Direction
    field: str
    """What differs, as a dotted name, such as "budget.USD.per_payment". Those of worst cases begin with "worst_case"."""
    text: str
    """A sentence."""
    before: str | None
    """The old value in words; None: there was none."""
    after: str | None
    """The new value in words; None: there is none."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it for a program."""
        return {
            "direction": str(self.direction),
            "field": self.field,
            "text": self.text,
            "before": self.before,
            "after": self.after,
        }


def difference(
    direction: Direction, field: str, what: str, values: Iterable[str | None], further: str = ""
) -> Difference:
    """Returns a difference. `values` are before and after; `what` begins its sentence, `further` ends it."""
    before, after = values
    if before is None:
        text = f"{what}: {after}, new."
    elif after is None:
        text = f"{what}: no longer {before}."
    else:
        text = f"{what}: {after} instead of {before}."
    return Difference(direction, field, f"{text} {further}".strip(), before, after)


def by_size(
    field: str, what: str, values: Iterable[Any], show: Callable[[Any], str], more_is_wider: bool = True
) -> Iterator[Difference]:
    """Yields a difference if two numbers or times differ. `values` are before and after."""
    before, after = values
    if before != after:
        wider = (after > before) == more_is_wider
        yield difference(Direction.of(wider, not wider), field, what, (show(before), show(after)))


def changed(field: str, what: str, values: Iterable[Any], show: Callable[[Any], str] = str) -> Iterator[Difference]:
    """Yields a difference without a direction if two values differ. `values` are before and after."""
    before, after = values
    if before != after:
        yield difference(Direction.CHANGED, field, what, (show(before), show(after)))
