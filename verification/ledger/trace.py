"""Random traces: every operation, at the edges of buckets and windows, with amounts at the edge of what fits."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from verification.ledger.definition import Step, apply
from verification.scenarios.model.ledger import LARGEST, Ledger
from verification.testing.ledger import ADD_RETROACTIVELY, CHARGE, HOLD, OPEN, RELEASE, SETTLE, START

WIDTHS = (450, 451, 900, 3_600, 10_800, 75_600, 324_000, 2**24 - 1)
"""Lengths of a bucket (seconds), from the shortest to the longest that a mandate may have."""
WINDOWS = 4
LAST = 2**34
"""No step is later (unix seconds), so that every bucket's number fits into 26 bits."""
KINDS = {CHARGE: 40, HOLD: 16, SETTLE: 8, RELEASE: 8, ADD_RETROACTIVELY: 5, OPEN: 6}
"""How often each kind of step is drawn."""


@dataclass
class Trace:
    """A trace in the making. It follows the model to find amounts at the edge of what fits."""

    rng: Random
    steps: list[Step] = field(default_factory=list)
    model: Ledger = field(default_factory=Ledger)
    time: int = START
    unit: int = 1
    """The size of amounts and limits (budget units)."""
    limits: tuple[int, ...] = ()
    lifetime_limit: int = 0

    def draw(self, length: int) -> list[Step]:
        """Draws the steps; the first opens the ledger."""
        self.time += self.rng.randrange(10**6)
        self.unit = self.rng.choice((10, 10**9, LARGEST // 300))
        self._append(self._open())
        while len(self.steps) < length:
            self._wait()
            kind = self.rng.choices(list(KINDS), list(KINDS.values()))[0]
            self._append(self._step(kind))
        return self.steps

    def _append(self, step: Step) -> None:
        apply(self.model, step)
        self.steps.append(step)

    def _step(self, kind: int) -> Step:
        if kind == OPEN:
            return self._open()
        if kind in (SETTLE, RELEASE):
            pending = self.model.pending
            return Step(kind, self.time, self.rng.choice((0, 1, pending, pending, pending // 2, pending + 1)))
        if kind == ADD_RETROACTIVELY:
            recent = tuple(self._amount() for _ in self.model.windows)
            return Step(kind, self.time, LARGEST if self.rng.random() < 0.02 else self._amount(), 0, recent)
        return Step(kind, self.time, self._charge(), self.lifetime_limit, self.limits)

    def _open(self) -> Step:
        """The same windows, some others, or all others; and other limits."""
        open_now = [width for width, _ in self.model.windows]
        count = self.rng.randint(1, WINDOWS)
        kept = self.rng.sample(open_now, self.rng.randint(0, min(count, len(open_now))))
        others = [width for width in WIDTHS if width not in kept]
        widths = kept + self.rng.sample(others, count - len(kept))
        if self.rng.random() < 0.8:
            widths.sort()
        if open_now and self.rng.random() < 0.2:
            widths = open_now
        self.limits = tuple(min(self.rng.randint(0, 20) * self.unit, LARGEST) for _ in widths)
        self.lifetime_limit = min(self.rng.choice((5, 40, 300)) * self.unit + self.model.spent, LARGEST)
        return Step(OPEN, self.time, widths=tuple(widths))

    def _wait(self) -> None:
        """Nothing, some seconds, or until an edge of a bucket; at most some windows."""
        width = self.rng.choice(self.model.windows)[0]
        buckets = self.rng.choice((0, 0, 1, 1, 2, 3, 5, 7, 8, 9, 10, 17, 100))
        edge = (self.time // width + buckets) * width + self.rng.randint(-1, 1)
        then = self.rng.choice((self.time, self.time + self.rng.randrange(width), edge, edge))
        if self.time < then <= LAST:
            self.time = then

    def _amount(self) -> int:
        return self.rng.choice((0, 1, self.unit // 2, self.unit, self.rng.randint(0, 3 * self.unit)))

    def _charge(self) -> int:
        """Any amount, or what remains of a window or of the lifetime limit: exactly, or one more."""
        index = self.rng.randrange(len(self.limits))
        left = max(self.limits[index] - self.model.counted(index, self.time), 0)
        life = max(self.lifetime_limit - self.model.spent, 0)
        edges = (left, left + 1, life, life + 1, LARGEST, LARGEST + 1)
        return self.rng.choice(edges) if self.rng.random() < 0.25 else self._amount()
