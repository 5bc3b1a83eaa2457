"""Runs tests on a build that isn't ape's, for one mutant after the other: on a chain of its own, in processes of its own.

    this process ── one that holds the tests, collected, and the suite, deployed ── one for each mutant, forked, until a test fails

So a mutant costs its tests and nothing else. What a constructor does happens before; `fresh` deploys again.
"""

from __future__ import annotations

import gc
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import ape
import pytest
from hypothesis import Phase, settings
from web3 import Web3

from verification.mutation.build import Code
from verification.mutation.order import Order
from verification.mutation.schemata import coinbase

# Woven code is longer than a contract may be.
LONG_CODE = ("--disable-code-size-limit", "--gas-limit", "200000000")
# Ape's own Anvil has twenty accounts.
FLAGS = (*LONG_CODE, "--hardfork", "cancun", "--accounts", "20")
EXAMPLES = 50
PATIENCE = 600.0
"""How long a test may take before anything is known of it (seconds)."""
KILLED, SURVIVED, TIMED_OUT, BROKEN = "killed", "survived", "timed out", "broken"


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant; number 0 is none, which has to survive."""

    number: int
    outcome: str
    by: str
    """The test that failed."""
    seconds: float

    @property
    def line(self) -> str:
        """As it is told from process to process."""
        return json.dumps(vars(self)) + "\n"


_own: dict[str, Code] = {}
"""What ape has compiled, of all contracts that were ever something else."""


def prepare(codes: dict[str, Code]) -> None:
    """Puts code, by contract, in ape's place, for the processes that are forked from here on.

    All other contracts are ape's own again: with the code of a lane before, a mutant would come with one of that lane, and be taken
    for what killed."""
    # The same examples each time, and no search for a smaller one: that a test fails is all that is asked.
    settings.register_profile("mutation", phases=(Phase.explicit, Phase.generate), derandomize=True, database=None)
    settings.load_profile("mutation")
    for name, code in {**_own, **codes}.items():
        made = getattr(ape.project, name).contract_type
        creation, runtime = made.deployment_bytecode, made.runtime_bytecode
        _own.setdefault(name, Code(creation.bytecode.removeprefix("0x"), runtime.bytecode.removeprefix("0x")))
        creation.bytecode, runtime.bytecode = f"0x{code.creation}", f"0x{code.runtime}"


def trials(tests: tuple[str, ...], numbers: dict[int, str], order: Order, log: Path) -> Iterator[Verdict]:
    """A verdict on the unchanged build (number 0), then on each mutant. `numbers` says in which function each is.

    If not all tests are worth trying, nothing but a kill is a verdict, and the unchanged build isn't judged: who kills has to let it
    live anyway.
    """
    with chain() as url:
        yield from verdicts_of(lambda out: _hold(tests, Judge(numbers, order, out, url), log, url))


def verdicts_of(hold: Callable[[TextIO], None]) -> Iterator[Verdict]:
    """What a process of its own judges, as it is told. `hold` gets where to tell it, a line each, and never returns."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        hold(os.fdopen(writing, "w", buffering=1))
    os.close(writing)
    try:
        with os.fdopen(reading) as lines:
            for line in lines:
                yield Verdict(**json.loads(line))
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def print_into(log: Path) -> None:
    """From here on, all that this process prints."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)


def once(tests: tuple[str, ...], place: str, order: Order, log: Path) -> tuple[str, str]:
    """Whether a test fails, and which, on what was prepared: with a deployment of its own, and all examples."""
    with chain() as url:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _hold(tests, Whole(writing, place, order), log, url)
        os.close(writing)
        told = _listen(reading, PATIENCE)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    outcome, by = _outcome(told)
    if outcome == BROKEN:
        raise SystemExit(f"The tests could not be run; see {log}.")
    return outcome, by


class Whole:
    """A plugin of pytest that tells of each test, and stops at the first failure."""

    def __init__(self, writing: int, place: str, order: Order) -> None:
        self.writing, self.place, self.order = writing, place, order

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The likeliest first."""
        by_name = {item.nodeid: item for item in items}
        items[:] = [by_name[name] for name in self.order.sorted(list(by_name), self.place)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Told at once, so that nothing else has to be waited for."""
        if report.failed:
            _say(self.writing, outcome=KILLED, by=report.nodeid)
            os._exit(0)
        elif report.when == "teardown":
            _say(self.writing, test=report.nodeid)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Tests that can't be collected, say, are no verdict."""
        _say(self.writing, outcome=SURVIVED if exitstatus == 0 else BROKEN)


def _say(writing: int, **told: Any) -> None:
    os.write(writing, (json.dumps(told) + "\n").encode())


def _listen(reading: int, patience: float) -> list[dict[str, Any]] | None:
    """What a process says until it ends; None if it is silent for longer than that (seconds)."""
    heard = b""
    try:
        while select.select([reading], [], [], patience)[0]:
            piece = os.read(reading, 65_536)
            if not piece:
                return [json.loads(line) for line in heard.splitlines()]
            heard += piece
    finally:
        os.close(reading)
    return None


def _outcome(told: list[dict[str, Any]] | None) -> tuple[str, str]:
    """The verdict among what was told, and the test that failed."""
    if told is None:
        return TIMED_OUT, ""
    # A process that ended without a word has not judged.
    last = told[-1] if told and "outcome" in told[-1] else {"outcome": BROKEN}
    return last["outcome"], last.get("by", "")


def _hold(tests: tuple[str, ...], plugin: object, log: Path, url: str) -> None:
    """The process that holds the tests. It never returns."""
    print_into(log)
    os.environ["APE_FOUNDRY_HOST"] = url
    try:
        options = ["-q", "-s", "--tb=line", "--disable-isolation", "-p", "no:cacheprovider", "--no-header"]
        pytest.main([*options, *tests], plugins=[plugin])
    finally:
        os._exit(0)


class Judge:
    """A plugin of pytest that runs the tests it has collected once for each mutant."""

    def __init__(self, numbers: dict[int, str], order: Order, out: Any, url: str) -> None:
        self.numbers, self.order, self.out = numbers, order, out
        self.web3 = Web3(Web3.HTTPProvider(url))
        self.patience = PATIENCE
        self.sound: dict[str, bool] = {}
        """Whether a test passes by itself, without any mutant."""
        self.writing: int | None = None
        """Where to tell of a failure, in a process that tries a mutant."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of pytest's own."""
        items = session.items
        if session.testsfailed or not items:
            self.tell(Verdict(0, BROKEN, "the tests can't be collected", 0))
            return True
        for item in items:
            _shorten(item)
        # In this process, so that those which follow find the suite deployed: all is taken down but what lasts a session.
        items[0].config.hook.pytest_runtest_protocol(item=items[0], nextitem=session)
        self.tell(Verdict(0, SURVIVED, "", 0) if self.order.near else self.judge(session, items, 0))
        # Of one test, and not of all: a machine may be busy, and a mutant that is only slow has survived.
        self.patience = 60 + 10 * self.order.longest
        by_name = {item.nodeid: item for item in items}
        # What is there by now is never collected, so the forked processes go on sharing it.
        gc.freeze()
        for number, place in self.numbers.items():
            ordered = [by_name[name] for name in self.order.sorted(list(by_name), place)]
            verdict = self.confirmed(session, ordered, number)
            if verdict.outcome == KILLED and verdict.by:
                self.order.killed(place, verdict.by)
            self.tell(verdict)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The log says why the last few tests failed: what pytest says at its end is the end of another process."""
        if report.failed:
            print(f"\n{report.nodeid}\n{report.longreprtext}", flush=True)
            if self.writing is not None:
                # Here and now: the fixtures' ends, and what others would make of the failure, take longer than the test.
                _say(self.writing, outcome=KILLED, by=report.nodeid)
                os._exit(0)

    def tell(self, verdict: Verdict) -> None:
        """To the process that asked."""
        self.out.write(verdict.line)

    def confirmed(self, session: pytest.Session, items: list[pytest.Item], number: int) -> Verdict:
        """A verdict of which the order of the tests is no part: who kills does it alone, and alone lets the contract live."""
        started, verdict = time.monotonic(), Verdict(number, SURVIVED, "", 0)
        # Some look for what a build of all mutants always does: their word is worth nothing here, and their turn costs a process.
        items = [item for item in items if self.sound.get(item.nodeid, True)]
        while items:
            verdict = self.judge(session, items, number)
            at = next((index for index, item in enumerate(items) if item.nodeid == verdict.by), None)
            if verdict.outcome != KILLED or at is None or self._kills(session, items[at], number):
                break
            items = items[at + 1 :]
            verdict = Verdict(number, SURVIVED, "", 0)
        return replace(verdict, seconds=round(time.monotonic() - started, 2))

    def _kills(self, session: pytest.Session, item: pytest.Item, number: int) -> bool:
        if item.nodeid not in self.sound:
            self.sound[item.nodeid] = self.judge(session, [item], 0).outcome == SURVIVED
        return self.sound[item.nodeid] and self.judge(session, [item], number).outcome == KILLED

    def judge(self, session: pytest.Session, items: list[pytest.Item], number: int) -> Verdict:
        """Runs the tests in a process of their own until one fails, then puts the chain back."""
        snapshot = self.ask("evm_snapshot")
        self.ask("anvil_setCoinbase", coinbase(number))
        started = time.monotonic()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self._run(session, items, writing)
        os.close(writing)
        told = _listen(reading, self.patience)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.ask("anvil_setCoinbase", coinbase(0))
        self.ask("evm_revert", snapshot)
        if number == 0 and len(items) > 1:
            self.order.timed({each["test"]: each["seconds"] for each in told or () if "test" in each})
        return Verdict(number, *_outcome(told), round(time.monotonic() - started, 2))

    def _run(self, session: pytest.Session, items: list[pytest.Item], writing: int) -> None:
        self.writing = writing
        try:
            for item, following in zip(items, [*items[1:], session], strict=True):
                started = time.monotonic()
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                _say(writing, test=item.nodeid, seconds=round(time.monotonic() - started, 3))
            _say(writing, outcome=SURVIVED)
        finally:
            os._exit(0)

    def ask(self, method: str, *arguments: Any) -> Any:
        """Of the chain."""
        return self.web3.provider.make_request(method, list(arguments))["result"]  # type: ignore[arg-type]


def _shorten(item: pytest.Item) -> None:
    """Fewer examples: what survives is judged by all of them at last, what dies dies early."""
    function = getattr(item, "obj", None)
    own = getattr(function, "_hypothesis_internal_use_settings", None)
    if own is not None:
        function._hypothesis_internal_use_settings = settings(own, max_examples=min(own.max_examples, EXAMPLES))


@contextmanager
def chain() -> Iterator[str]:
    """A new Anvil, stopped at the end."""
    binary = shutil.which("anvil")
    if binary is None:
        raise SystemExit("There is no anvil: run `make setup` first.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [binary, "--port", str(port), "--silent", *FLAGS], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        web3 = Web3(Web3.HTTPProvider(url))
        deadline = time.monotonic() + 20
        while not web3.is_connected():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"Anvil doesn't answer on port {port}.")
            time.sleep(0.02)
        yield url
    finally:
        process.terminate()
        process.wait()
