"""Runs the scenarios of `verification/scenarios/` on mutants: the fastest of the checks that have to detect them.

The scenarios are drawn and predicted once. Each then costs one request per mutant, until model and chain diverge.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, TextIO, cast

from verification.mutation.chain import LARGE_CODE
from verification.mutation.order import TestOrder
from verification.mutation.results import KILLED, SURVIVED, Result
from verification.mutation.runner import redirect_output, results_of
from verification.mutation.schemata import fee_recipient
from verification.mutation.store import SCENARIOS
from verification.scenarios.campaign import STEPS, seeds
from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.fixtures import Fixtures
from verification.scenarios.scenario import begin, compare_with_chain, draw_scenario
from verification.scenarios.setup import deploy_fixtures
from verification.scenarios.trace import Trace

SEED, COUNT = 1, 60


class LargeCodeSimulator(Simulator):
    """A node that accepts contracts above the size limit."""

    OPTIONS: ClassVar[tuple[str, ...]] = LARGE_CODE


def run_scenarios(functions: dict[int, str], order: TestOrder, log: Path) -> Iterator[Result]:
    """The result of the original build (number 0), then of each mutant, like `runner.run_mutants`."""
    yield from results_of(lambda out: _work(functions, order, out, log))


def _work(functions: dict[int, str], order: TestOrder, out: TextIO, log: Path) -> None:
    """Runs in a process of its own. Never returns, and stops its chain at the end."""
    redirect_output(log)
    signal.signal(signal.SIGTERM, lambda *_: _stop())
    try:
        with deploy_fixtures(LargeCodeSimulator) as fixtures:
            runner = ScenarioRunner(fixtures)
            for number, function in {0: "", **functions}.items():
                result = runner.run(number, function, order)
                if number and result.outcome == KILLED:
                    order.add_kill(function, result.killed_by)
                out.write(result.line)
    except BaseException:
        # The process ends below, so nobody else would log the error.
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(0)


def _stop() -> None:
    raise KeyboardInterrupt


class ScenarioRunner:
    """Scenarios with the model's predictions."""

    def __init__(self, fixtures: Fixtures) -> None:
        self.driver = cast(LargeCodeSimulator, fixtures.driver)
        self.traces: dict[str, Trace] = {}
        for _, seed in zip(range(COUNT), seeds(SEED), strict=False):
            trace = begin(fixtures)
            draw_scenario(trace, seed, STEPS)
            self.traces[f"{SCENARIOS}[seed {seed}]"] = trace

    def run(self, number: int, function: str, order: TestOrder) -> Result:
        """Runs scenarios on a mutant until one of them diverges from the model."""
        started = time.monotonic()
        self.driver.overrides = {"feeRecipient": fee_recipient(number)}
        names = order.sorted(list(self.traces), function)
        killed_by = next((name for name in names if self._diverges(self.traces[name])), "")
        seconds = round(time.monotonic() - started, 2)
        return Result(number, KILLED if killed_by else SURVIVED, killed_by, seconds)

    def _diverges(self, trace: Trace) -> bool:
        if difference := compare_with_chain(trace, []).difference:
            print(difference, flush=True)
        return difference is not None
