"""Runs pytest on builds with mutants, on a chain of its own and in processes of its own.

    this process ── holds the collected tests and the deployed contracts ── forks once per mutant, until a test fails

So a mutant costs only its tests. Constructors run before the fork; `run_alone` deploys again.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import ape
import pytest
from hypothesis import Phase, settings
from web3 import Web3
from web3.types import RPCEndpoint

from peculium.devnet.artifacts import artifact, contract_types
from verification.mutation.builder import Build, Bytecode
from verification.mutation.chain import new_chain
from verification.mutation.order import TestOrder
from verification.mutation.results import BROKEN, KILLED, SURVIVED, Result, outcome_of, receive, send
from verification.mutation.schemata import fee_recipient

EXAMPLES = 50
"""Hypothesis examples per test in a build with many mutants."""
PATIENCE = 600.0
"""How long one test may take while its usual duration is unknown (seconds)."""
PYTEST_OPTIONS = (
    "-q",
    "-s",
    "--tb=line",
    "--disable-isolation",
    "-p",
    "no:cacheprovider",
    "--no-header",
    # Not the project's options: they may distribute the tests or leave some out.
    "-o",
    "addopts=--import-mode=importlib",
)

_originals: Build = {}
"""What ape has compiled, for each contract that was ever replaced."""


def use_build(build: Build) -> None:
    """Replaces the compiled contracts by this build, for the processes that are forked afterwards.

    All other contracts get their own bytecode back. Otherwise a mutant of the previous target would stay selected
    together with the mutant of the same number.
    """
    # The same examples in each run, and no shrinking: only whether a test fails matters.
    settings.register_profile("mutation", phases=(Phase.explicit, Phase.generate), derandomize=True, database=None)
    settings.load_profile("mutation")
    for name, code in {**_originals, **build}.items():
        compiled = getattr(ape.project, name).contract_type
        creation, runtime = compiled.deployment_bytecode, compiled.runtime_bytecode
        original = Bytecode(creation.bytecode.removeprefix("0x"), runtime.bytecode.removeprefix("0x"))
        _originals.setdefault(name, original)
        creation.bytecode, runtime.bytecode = f"0x{code.creation}", f"0x{code.runtime}"
        # The scenarios read the same build from its file.
        for kind, bytecode in (("deploymentBytecode", code.creation), ("runtimeBytecode", code.runtime)):
            contract_types()[name][kind]["bytecode"] = f"0x{bytecode}"
    artifact.cache_clear()


def run_mutants(tests: tuple[str, ...], functions: dict[int, str], order: TestOrder, log: Path) -> Iterator[Result]:
    """The result of the original build (number 0), then of each mutant. `functions` names the function of each mutant.

    If `order` limits the number of tests, the original build isn't tested: a test that kills has to pass on it anyway.
    """
    with new_chain() as url:
        yield from results_of(lambda out: _run_pytest(tests, Runner(functions, order, out, url), log, url))


def results_of(work: Callable[[TextIO], None]) -> Iterator[Result]:
    """Forks a process and yields its results as they arrive. `work` writes one result per line and never returns."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        work(os.fdopen(writing, "w", buffering=1))
    os.close(writing)
    try:
        with os.fdopen(reading) as lines:
            for line in lines:
                yield Result.from_line(line)
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def redirect_output(log: Path) -> None:
    """Sends all further output of this process into a file."""
    log.parent.mkdir(exist_ok=True)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(out, 1)
    os.dup2(out, 2)


def run_alone(tests: tuple[str, ...], function: str, order: TestOrder, log: Path) -> tuple[str, str]:
    """The outcome of the current build and the test that failed, with a new deployment and all Hypothesis examples."""
    with new_chain() as url:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _run_pytest(tests, FirstFailure(writing, function, order), log, url)
        os.close(writing)
        messages = receive(reading, PATIENCE)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    outcome, killed_by = outcome_of(messages)
    if outcome == BROKEN:
        raise SystemExit(f"Pytest could not run the tests. Its output is in {log}.")
    return outcome, killed_by


def _run_pytest(tests: tuple[str, ...], plugin: object, log: Path, url: str) -> None:
    """Runs pytest on the chain at `url`. Never returns."""
    redirect_output(log)
    os.environ["APE_FOUNDRY_HOST"] = url
    try:
        pytest.main([*PYTEST_OPTIONS, *tests], plugins=[plugin])
    finally:
        os._exit(0)


class FirstFailure:
    """A pytest plugin that reports each test, and ends the process at the first failure."""

    def __init__(self, pipe: int, function: str, order: TestOrder) -> None:
        self.pipe, self.function, self.order = pipe, function, order

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Puts the likeliest test first."""
        by_name = {item.nodeid: item for item in items}
        items[:] = [by_name[name] for name in self.order.sorted(list(by_name), self.function)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Reports at once, so that nobody waits for the fixtures to end."""
        if report.failed:
            send(self.pipe, outcome=KILLED, killed_by=report.nodeid)
            os._exit(0)
        elif report.when == "teardown":
            send(self.pipe, test=report.nodeid)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Tells a failure of pytest itself, such as during collection, from a surviving mutant."""
        send(self.pipe, outcome=SURVIVED if exitstatus == 0 else BROKEN)


class Runner:
    """A pytest plugin that runs the collected tests once for each mutant."""

    def __init__(self, functions: dict[int, str], order: TestOrder, out: TextIO | None, url: str) -> None:
        self.functions, self.order, self.out = functions, order, out
        self.web3 = Web3(Web3.HTTPProvider(url))
        self.patience = PATIENCE
        self.passes_originally: dict[str, bool] = {}
        """Whether a test passes by itself on the original build."""
        self.pipe: int | None = None
        """Where a forked process reports a failure."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Replaces pytest's own loop."""
        items = session.items
        if session.testsfailed or not items:
            self.write(Result(0, BROKEN, "pytest can't collect the tests", 0))
            return True
        for item in items:
            _limit_examples(item)
        # The session fixtures of the first test deploy the contracts here, before the forks.
        items[0].config.hook.pytest_runtest_protocol(item=items[0], nextitem=session)
        self.write(Result(0, SURVIVED, "", 0) if self.order.max_tests else self.run(session, items, 0))
        # The limit is per test. A busy machine is slow, and a mutant that is only slow has survived.
        self.patience = 60 + 10 * self.order.longest
        by_name = {item.nodeid: item for item in items}
        # The garbage collector would copy the pages that the forks share.
        gc.freeze()
        for number, function in self.functions.items():
            ordered = [by_name[name] for name in self.order.sorted(list(by_name), function)]
            result = self.confirm(session, ordered, number)
            if result.outcome == KILLED and result.killed_by:
                self.order.add_kill(function, result.killed_by)
            self.write(result)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Logs the reason of a failure, because the fork ends before pytest prints its summary."""
        if report.failed:
            print(f"\n{report.nodeid}\n{report.longreprtext}", flush=True)
            if self.pipe is not None:
                # Ending the fixtures takes longer than the test.
                send(self.pipe, outcome=KILLED, killed_by=report.nodeid)
                os._exit(0)

    def write(self, result: Result) -> None:
        """Sends a result to the process that started this one."""
        assert self.out is not None
        self.out.write(result.line)

    def confirm(self, session: pytest.Session, items: list[pytest.Item], number: int) -> Result:
        """A result that doesn't depend on the order of the tests: the failing test also fails alone, and passes originally."""
        started, result = time.monotonic(), Result(number, SURVIVED, "", 0)
        # Tests that search the bytecode for an opcode fail on every build with many mutants.
        items = [item for item in items if self.passes_originally.get(item.nodeid, True)]
        while items:
            result = self.run(session, items, number)
            at = next((index for index, item in enumerate(items) if item.nodeid == result.killed_by), None)
            if result.outcome != KILLED or at is None or self._kills(session, items[at], number):
                break
            items = items[at + 1 :]
            result = Result(number, SURVIVED, "", 0)
        return replace(result, seconds=round(time.monotonic() - started, 2))

    def _kills(self, session: pytest.Session, item: pytest.Item, number: int) -> bool:
        if item.nodeid not in self.passes_originally:
            self.passes_originally[item.nodeid] = self.run(session, [item], 0).outcome == SURVIVED
        return self.passes_originally[item.nodeid] and self.run(session, [item], number).outcome == KILLED

    def run(self, session: pytest.Session, items: list[pytest.Item], number: int) -> Result:
        """Runs the tests in a forked process until one fails, then restores the chain."""
        snapshot = self.request("evm_snapshot")
        self.request("anvil_setCoinbase", fee_recipient(number))
        started = time.monotonic()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self._run_items(session, items, writing)
        os.close(writing)
        messages = receive(reading, self.patience)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.request("anvil_setCoinbase", fee_recipient(0))
        self.request("evm_revert", snapshot)
        if number == 0 and len(items) > 1:
            self.order.add_durations({each["test"]: each["seconds"] for each in messages or () if "test" in each})
        return Result(number, *outcome_of(messages), round(time.monotonic() - started, 2))

    def _run_items(self, session: pytest.Session, items: list[pytest.Item], pipe: int) -> None:
        self.pipe = pipe
        try:
            for item, following in zip(items, [*items[1:], session], strict=True):
                started = time.monotonic()
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                send(pipe, test=item.nodeid, seconds=round(time.monotonic() - started, 3))
            send(pipe, outcome=SURVIVED)
        finally:
            os._exit(0)

    def request(self, method: str, *parameters: Any) -> Any:
        """One request to the chain."""
        return self.web3.provider.make_request(RPCEndpoint(method), list(parameters))["result"]


def _limit_examples(item: pytest.Item) -> None:
    """Limits Hypothesis's examples. `--thorough` runs all of them on the survivors."""
    function = getattr(item, "obj", None)
    own = getattr(function, "_hypothesis_internal_use_settings", None)
    if function is not None and own is not None:
        function._hypothesis_internal_use_settings = settings(own, max_examples=min(own.max_examples, EXAMPLES))
