"""Many stories, in one process or several, each with a chain of its own; and what they have reached."""

from __future__ import annotations

import multiprocessing
import queue
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.comparison import Difference
from verification.scenarios.fixtures import Cast
from verification.scenarios.scenario import Told, tell, tell_drawn
from verification.scenarios.setup import own_cast
from verification.scenarios.shrinking import shrink
from verification.scenarios.trace import Step

STEPS = 300
"""Of a story, unless said otherwise: some weeks in the life of four agents."""
Way = type[Simulator | Transactions]
"""How stories are told to a chain."""
APART = 10**6
"""Seeds of one campaign are this close to those of the next: no story is told twice."""


@dataclass
class Failure:
    """A story on which model and chain part."""

    seed: int
    steps: list[Step]
    difference: Difference


@dataclass
class Report:
    """What a campaign has done."""

    stories: int = 0
    actions: int = 0
    views: int = 0
    seconds: float = 0.0
    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    failure: Failure | None = None

    def add(self, seed: int, told: Told) -> None:
        """Counts a story."""
        self.stories += 1
        self.actions += told.actions
        self.views += told.views
        self.reached.update(told.reached)
        if told.difference is not None and self.failure is None:
            self.failure = Failure(seed, told.steps, told.difference)

    @property
    def accepted(self) -> float:
        """The share of actions that weren't refused."""
        done = sum(times for (_, how), times in self.reached.items() if how == "done")
        return done / self.actions if self.actions else 0.0

    @property
    def speed(self) -> float:
        """Checked actions a second; views come on top."""
        return self.actions / self.seconds if self.seconds else 0.0


def seeds(seed: int) -> Iterator[int]:
    """The seeds of a campaign's stories."""
    return count(seed * APART)


def run(cast: Cast, seed: int, stories: int, steps: int = STEPS) -> Report:
    """So many stories, here, one after the other; stops at the first that fails."""
    report = Report()
    start = time.monotonic()
    for _, each in zip(range(stories), seeds(seed), strict=False):
        report.add(each, tell_drawn(cast, each, steps))
        report.seconds = time.monotonic() - start
        if report.failure is not None:
            break
    return report


def shrunk(cast: Cast, failure: Failure, note: Callable[[int], None] = lambda _: None) -> Failure:
    """The same failure in as few steps as possible."""

    def fails(steps: list[Step]) -> bool:
        return tell(cast, steps).difference is not None

    steps = shrink(failure.steps[: failure.difference.number + 1], fails, note)
    if not fails(steps):
        # Only what is looked at in the end shows it.
        steps = shrink(failure.steps, fails, note)
    difference = tell(cast, steps).difference
    assert difference is not None
    return Failure(failure.seed, steps, difference)


def work(number: int, workers: int, seed: int, steps: int, chain: Way, stop: Any, results: Any) -> None:
    """One process of several: every so many-th story, until it is told to stop. Only a failing story is sent whole."""
    with own_cast(chain) as cast:
        results.put((None, None))
        for each in seeds(seed):
            if stop.is_set():
                return
            if each % workers == number:
                told = tell_drawn(cast, each, steps)
                if told.difference is None:
                    told.steps = []
                results.put((each, told))


def run_parallel(
    seed: int,
    workers: int,
    steps: int,
    enough: Callable[[Report], bool],
    note: Callable[[Report], None] = lambda _: None,
    chain: Way = Simulator,
) -> Report:
    """Stories in so many processes until there are enough, or one fails. The clock runs from when all are ready."""
    # Forked, so that what ape has loaded is there.
    context = multiprocessing.get_context("fork")
    stop, results = context.Event(), context.Queue()
    processes = [
        context.Process(target=work, args=(number, workers, seed, steps, chain, stop, results))
        for number in range(workers)
    ]
    for process in processes:
        process.start()
    report, ready, start = Report(), 0, time.monotonic()
    try:
        while report.failure is None and not (ready == workers and enough(report)):
            each, told = _next(results, processes)
            if told is None:
                ready += 1
                start = time.monotonic()
                continue
            report.add(each, told)
            report.seconds = time.monotonic() - start
            note(report)
    finally:
        stop.set()
        _drain(results, processes)
    return report


def _next(results: Any, processes: list[Any]) -> Any:
    while True:
        try:
            return results.get(timeout=1)
        except queue.Empty:
            if not all(process.is_alive() for process in processes):
                raise RuntimeError("A worker has ended by itself: its message is above.") from None


def _drain(results: Any, processes: list[Any]) -> None:
    # A process doesn't end before what it has put into the queue was taken.
    while any(process.is_alive() for process in processes):
        try:
            results.get(timeout=0.1)
        except queue.Empty:
            continue
    for process in processes:
        process.join()
