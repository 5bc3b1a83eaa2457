"""Runs many scenarios, in one process or in several with a chain each, and counts the outcomes that they reach."""

from __future__ import annotations

import multiprocessing
import queue
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event

from verification.scenarios.chain.driver import Driver
from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.comparison import Difference
from verification.scenarios.fixtures import Fixtures
from verification.scenarios.scenario import Result, run_scenario, run_seed
from verification.scenarios.setup import deploy_fixtures
from verification.scenarios.shrinking import shrink
from verification.scenarios.trace import Step

STEPS = 300
"""Default length of a scenario: some weeks of four wallets."""
SEEDS_PER_CAMPAIGN = 10**6
"""Distance between the first seeds of two campaigns, so that no scenario runs in both."""

Message = tuple[int, Result | None]
"""What a worker reports: a seed and its result, or None once the worker is ready."""


@dataclass
class Failure:
    """A scenario on which model and chain diverge."""

    seed: int
    steps: list[Step]
    difference: Difference


@dataclass
class Report:
    """The totals of a campaign."""

    scenarios: int = 0
    actions: int = 0
    views: int = 0
    seconds: float = 0.0
    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    failure: Failure | None = None

    def add(self, seed: int, result: Result) -> None:
        """Adds the result of one scenario."""
        self.scenarios += 1
        self.actions += result.actions
        self.views += result.views
        self.reached.update(result.reached)
        if result.difference is not None and self.failure is None:
            self.failure = Failure(seed, result.steps, result.difference)

    @property
    def accepted(self) -> float:
        """The share of actions that succeeded."""
        done = sum(times for (_, outcome), times in self.reached.items() if outcome == "done")
        return done / self.actions if self.actions else 0.0

    @property
    def speed(self) -> float:
        """Checked actions per second, not counting views."""
        return self.actions / self.seconds if self.seconds else 0.0


def seeds(campaign: int) -> Iterator[int]:
    """The seeds of a campaign's scenarios."""
    return count(campaign * SEEDS_PER_CAMPAIGN)


def run_campaign(fixtures: Fixtures, campaign: int, scenarios: int, steps: int = STEPS) -> Report:
    """Runs that many scenarios in this process and stops at the first failure."""
    report = Report()
    start = time.monotonic()
    for _, seed in zip(range(scenarios), seeds(campaign), strict=False):
        report.add(seed, run_seed(fixtures, seed, steps))
        report.seconds = time.monotonic() - start
        if report.failure is not None:
            break
    return report


def shrink_failure(fixtures: Fixtures, failure: Failure, note: Callable[[int], None] = lambda _: None) -> Failure:
    """Finds a shorter scenario that still fails. `note` receives the number of steps left."""

    def fails(steps: list[Step]) -> bool:
        try:
            return run_scenario(fixtures, steps).difference is not None
        except KeyError:
            # Without the step that created a wallet or an agent, a later one names what doesn't exist.
            return False

    steps = shrink(failure.steps[: failure.difference.number + 1], fails, note)
    if not fails(steps):
        # Only the views at the end of the full scenario show this difference.
        steps = shrink(failure.steps, fails, note)
    difference = run_scenario(fixtures, steps).difference
    assert difference is not None
    return Failure(failure.seed, steps, difference)


@dataclass(frozen=True)
class Job:
    """What the workers of a campaign share."""

    campaign: int
    workers: int
    steps: int
    driver: type[Driver]
    stop: Event
    messages: Queue[Message]

    def run(self, number: int) -> None:
        """The main function of one worker: runs every `workers`-th seed until `stop` is set."""
        with deploy_fixtures(self.driver) as fixtures:
            self.messages.put((number, None))
            for seed in seeds(self.campaign):
                if self.stop.is_set():
                    return
                if seed % self.workers == number:
                    result = run_seed(fixtures, seed, self.steps)
                    if result.difference is None:
                        # Only a failing scenario needs its steps; sending them all is slow.
                        result.steps = []
                    self.messages.put((seed, result))


def run_parallel(
    campaign: int,
    workers: int,
    steps: int,
    enough: Callable[[Report], bool],
    note: Callable[[Report], None] = lambda _: None,
    driver: type[Driver] = Simulator,
) -> Report:
    """Runs scenarios in several processes until `enough` holds or one fails. Time counts from when all are ready."""
    # Forked processes inherit the loaded modules.
    context = multiprocessing.get_context("fork")
    job = Job(campaign, workers, steps, driver, context.Event(), context.Queue())
    processes = [context.Process(target=job.run, args=(number,)) for number in range(workers)]
    for process in processes:
        process.start()
    report, ready, start = Report(), 0, time.monotonic()
    try:
        while report.failure is None and not (ready == workers and enough(report)):
            seed, result = _next_message(job.messages, processes)
            if result is None:
                ready += 1
                start = time.monotonic()
                continue
            report.add(seed, result)
            report.seconds = time.monotonic() - start
            note(report)
    finally:
        job.stop.set()
        _drain(job.messages, processes)
    return report


def _next_message(messages: Queue[Message], processes: Sequence[BaseProcess]) -> Message:
    while True:
        try:
            return messages.get(timeout=1)
        except queue.Empty:
            if not all(process.is_alive() for process in processes):
                raise RuntimeError("A worker process ended by itself; its message is above.") from None


def _drain(messages: Queue[Message], processes: Sequence[BaseProcess]) -> None:
    # A process does not exit until its queued messages are read.
    while any(process.is_alive() for process in processes):
        try:
            messages.get(timeout=0.1)
        except queue.Empty:
            continue
    for process in processes:
        process.join()
