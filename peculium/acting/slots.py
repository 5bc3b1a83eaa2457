"""Which cheques of a period are written. Two cheques of one slot are one payment: the token settles the first only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from peculium.mandate import ChequeBook
from peculium.units import to_seconds


@dataclass(frozen=True)
class Period:
    """A cheque book in one of its periods."""

    token: str
    book: ChequeBook
    mandate_hash: bytes
    number: int
    """Unix seconds divided by the book's period."""

    @property
    def start(self) -> int:
        """Its first second (unix seconds)."""
        return self.number * to_seconds(self.book.period)

    @property
    def end(self) -> int:
        """The first second of the next one (unix seconds)."""
        return self.start + to_seconds(self.book.period)


class Slots:
    """The slots that this object has taken, for any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: dict[tuple[str, bytes], tuple[int, set[int]]] = {}

    def taken(self, period: Period) -> set[int]:
        """Returns the slots of a period that are taken."""
        with self._lock:
            return set(self._of(period))

    def take(self, period: Period, slots: Sequence[int]) -> int | None:
        """Takes the first of these slots that isn't taken; None if all are."""
        with self._lock:
            taken = self._of(period)
            free = next((slot for slot in slots if slot not in taken), None)
            if free is not None:
                taken.add(free)
            return free

    def give_back(self, period: Period, slot: int) -> None:
        """Frees a slot of which no cheque was handed out."""
        with self._lock:
            self._of(period).discard(slot)

    def _of(self, period: Period) -> set[int]:
        # Of each book only the latest period is kept: nobody writes a cheque of an earlier one.
        key = period.token, period.mandate_hash
        number, taken = self._taken.get(key, (-1, set()))
        if number > period.number:
            return set()
        if number < period.number:
            taken = set()
            self._taken[key] = period.number, taken
        return taken
