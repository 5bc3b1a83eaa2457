"""Runs the mutants of one target after the other, and saves every result at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress, TaskID

from verification.mutation.builder import Build, Builder, TooManyMutants
from verification.mutation.equivalent import equivalent_mutants
from verification.mutation.mutants import Mutant
from verification.mutation.order import CallGraph, TestOrder
from verification.mutation.results import (
    BROKEN,
    DETECTED,
    EQUIVALENT,
    KILLED,
    NOT_COMPILABLE,
    SAME_BYTECODE,
    SURVIVED,
    TIMED_OUT,
    Result,
)
from verification.mutation.runner import run_alone, run_mutants, use_build
from verification.mutation.scenarios import run_scenarios
from verification.mutation.store import Store
from verification.mutation.targets import Target

LOG = Path(__file__).parents[2] / ".build" / "mutation.log"


@dataclass(frozen=True)
class Options:
    """How thoroughly to run."""

    deadline: float = float("inf")
    """When to stop (`time.monotonic`)."""
    quick: bool = False
    """Run the scenarios only."""
    thorough: bool = False
    """Run each survivor again, in its own build and with all Hypothesis examples."""
    max_tests: int | None = None
    """Tests per folder and mutant. If limited, a mutant that passes them has no result."""

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.deadline


class Campaign:
    """Runs targets until all mutants have a result or the time is up."""

    def __init__(self, store: Store, builder: Builder, options: Options) -> None:
        self.store, self.builder, self.options = store, builder, options
        self.call_graph = CallGraph(builder.trees)
        self._equivalent = equivalent_mutants()
        self._pass_originally: set[str] = set()
        """Targets whose original build passes the scenarios."""

    def outcome(self, key: str, mutant: Mutant) -> str | None:
        """What is known of a mutant, or None."""
        return EQUIVALENT if key in self._equivalent else self.store.outcome(key, mutant)

    def run(self, target: Target, mutants: dict[str, Mutant], progress: Progress) -> None:
        """Runs all mutants of a target that have no valid result."""
        todo = {key: each for key, each in mutants.items() if self.outcome(key, each) is None}
        task = progress.add_task(target.name, total=len(mutants), completed=len(mutants) - len(todo))
        if self.options.quick and not target.scenarios:
            return
        order = self._order(mutants)
        excluded = self._run_combined(target, todo, order, progress, task)
        for key, each in todo.items():
            if self.options.is_over:
                return
            if each.needs_own_build or key in excluded:
                self._run_alone(target, key, each, order)
                progress.advance(task)
        if not self.options.quick:
            self._check_survivors(target, mutants, order)

    def _run_combined(
        self, target: Target, mutants: dict[str, Mutant], order: TestOrder, progress: Progress, task: TaskID
    ) -> set[str]:
        """Runs the mutants that can share a build. Returns the keys of those that turn out not to."""
        numbered = dict(enumerate(mutants.items(), 1))
        combinable = {number: each for number, (_, each) in numbered.items() if not each.needs_own_build}
        excluded = set[str]()
        for build, built, rejected in self._builds(target, combinable):
            excluded |= {numbered[number][0] for number in rejected}
            functions = {number: each.function for number, each in built.items()}
            if not functions:
                continue
            use_build(build)
            for result in self._results(target, functions, order):
                key, each = numbered[result.number]
                self.store.save(key, each, result.outcome, result.killed_by)
                progress.advance(task)
                if self.options.is_over:
                    return excluded
        return excluded

    def _builds(
        self, target: Target, mutants: dict[int, Mutant]
    ) -> Iterator[tuple[Build, dict[int, Mutant], set[int]]]:
        """Builds, the mutants in each, and the numbers of those that can't be in any. As few as the compiler allows."""
        waiting = [mutants]
        while waiting and not self.options.is_over:
            together = waiting.pop()
            if not together:
                continue
            try:
                build, excluded = self.builder.combined(target, together)
            except TooManyMutants:
                if len(together) == 1:
                    yield {}, {}, set(together)
                    continue
                # Every second one: the mutants of one function compete for the same stack, so halves would fail again.
                numbers = list(together)
                waiting += [{number: together[number] for number in numbers[start::2]} for start in (0, 1)]
                continue
            yield build, {number: each for number, each in together.items() if number not in excluded}, excluded

    def _order(self, mutants: dict[str, Mutant]) -> TestOrder:
        """The order of the tests, from the call graph and the stored results."""
        functions = {each.function for each in mutants.values()}
        entry_points = {each: self.call_graph.entry_points(each) for each in functions}
        errors = {each: self.call_graph.errors(each) for each in functions}
        order = TestOrder(entry_points, errors, self.options.max_tests)
        for key, each in mutants.items():
            if killed_by := self.store.killed_by(key):
                order.add_kill(each.function, killed_by)
        return order

    def _results(self, target: Target, functions: dict[int, str], order: TestOrder) -> Iterator[Result]:
        """The result of each mutant of the current build: by the scenarios first, since a test costs ten times as much."""
        left = dict(functions)
        if target.scenarios:
            for result in _of_mutants(run_scenarios(functions, order, LOG), "scenarios"):
                if result.outcome == KILLED:
                    del left[result.number]
                    yield result
        if self.options.quick:
            return
        for tests in target.folders:
            if not left:
                return
            for result in _of_mutants(run_mutants(tests, left, order, LOG), f"tests of target {target.name!r}"):
                if result.outcome == KILLED or (result.outcome in DETECTED and not self.options.max_tests):
                    del left[result.number]
                    yield result
        if self.options.max_tests:
            return
        for number in left:
            yield Result(number, SURVIVED, "", 0)

    def _run_alone(self, target: Target, key: str, mutant: Mutant, order: TestOrder, final: bool = False) -> None:
        """Compiles, deploys and tests one mutant by itself."""
        build = self.builder.single(target, mutant)
        if build is None:
            self.store.save(key, mutant, NOT_COMPILABLE)
        elif build == self.builder.original(target):
            self.store.save(key, mutant, SAME_BYTECODE)
        else:
            outcome, killed_by = self._test_alone(target, build, mutant.function, order)
            if outcome == KILLED or not (self.options.quick or self.options.max_tests):
                self.store.save(key, mutant, outcome, killed_by, final=final)

    def _test_alone(self, target: Target, build: Build, function: str, order: TestOrder) -> tuple[str, str]:
        """The outcome and the test that kills: it does so alone too, and passes on the original build."""
        if target.scenarios and (killed_by := self._diverging_scenario(target, build, order)):
            return KILLED, killed_by
        for tests in () if self.options.quick else target.folders:
            use_build(build)
            outcome, killed_by = run_alone(tests, function, order, LOG)
            if outcome == KILLED and run_alone((killed_by,), function, order, LOG)[0] == KILLED:
                use_build(self.builder.original(target))
                if run_alone((killed_by,), function, order, LOG)[0] == SURVIVED:
                    return KILLED, killed_by
            elif outcome == TIMED_OUT:
                return TIMED_OUT, killed_by
        return SURVIVED, ""

    def _diverging_scenario(self, target: Target, build: Build, order: TestOrder) -> str:
        """The scenario that diverges on a build, if any. A build on which the setup fails is left to the tests."""
        if target.name not in self._pass_originally:
            use_build(self.builder.original(target))
            list(_of_mutants(run_scenarios({}, order, LOG), "scenarios"))
            self._pass_originally.add(target.name)
        use_build(build)
        result = next(run_scenarios({}, order, LOG), None)
        return result.killed_by if result and result.outcome == KILLED else ""

    def _check_survivors(self, target: Target, mutants: dict[str, Mutant], order: TestOrder) -> None:
        """Drops survivors with the original bytecode. If thorough, runs the others with all Hypothesis examples."""
        for key, each in mutants.items():
            if self.outcome(key, each) != SURVIVED or self.store.is_final(key):
                continue
            if self.options.is_over:
                return
            if self.options.thorough:
                self._run_alone(target, key, each, order, final=True)
            elif self.builder.single(target, each) == self.builder.original(target):
                self.store.save(key, each, SAME_BYTECODE)


def _of_mutants(results: Iterator[Result], checks: str) -> Iterator[Result]:
    """All results but the first, which belongs to the original build and has to be `SURVIVED`."""
    original = next(results, None)
    if original is None or original.outcome != SURVIVED:
        reason = original.killed_by if original else BROKEN
        raise SystemExit(f"The {checks} fail on the original contracts: {reason}. Their output is in {LOG}.")
    for result in results:
        if result.outcome == BROKEN:
            raise SystemExit(f"The {checks} could not be run. Their output is in {LOG}.")
        yield result
