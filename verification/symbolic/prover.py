"""Runs the prover, halmos, on one property. `make prover` installs it into an environment of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from verification.symbolic.builder import Builder
from verification.symbolic.errors import SymbolicError

HALMOS = Path(__file__).parents[2] / ".venv-prover" / "bin" / "halmos"
SOLVER_TIMEOUT = "120s"
COLOR = re.compile(r"\x1b\[[0-9;]*m")
LAST_LINES = 12
COUNTEREXAMPLE_LINES = 30


class Outcome(StrEnum):
    """What became of one check."""

    VERIFIED = "verified"
    VIOLATED = "violated"
    TIMED_OUT = "timed out"
    ERROR = "error"
    NOT_FOUND = "not found"


EXIT_CODES = {0: Outcome.VERIFIED, 1: Outcome.VIOLATED, 2: Outcome.TIMED_OUT}
"""Of halmos, for one check. All others are errors."""


@dataclass(frozen=True)
class Result:
    """The prover's answer."""

    outcome: Outcome
    seconds: float
    paths: int
    details: str
    """The counterexample, or what went wrong; empty if verified."""


class Prover:
    """Checks properties, one at a time."""

    def __init__(self, timeout: float) -> None:
        """`timeout` is for one check (seconds)."""
        if not HALMOS.exists():
            raise SymbolicError("The prover is not installed. Run `make prover`.")
        self.timeout = timeout
        self._builder = Builder()
        self._folders: dict[str, tempfile.TemporaryDirectory[str]] = {}

    def check(self, contract: str, check: str, changed: Mapping[str, str] | None = None) -> Result:
        """Whether the function `check` of `proofs/<contract>.sol` holds. `changed` replaces sources by path."""
        if changed:
            with tempfile.TemporaryDirectory(prefix="proof-") as folder:
                self._builder.build(Path(folder), contract, changed)
                return self._run(Path(folder), contract, check)
        if contract not in self._folders:
            self._folders[contract] = tempfile.TemporaryDirectory(prefix="proof-")
            self._builder.build(Path(self._folders[contract].name), contract, {})
        return self._run(Path(self._folders[contract].name), contract, check)

    def _run(self, folder: Path, contract: str, check: str) -> Result:
        report = folder / "result.json"
        report.unlink(missing_ok=True)
        command = [str(HALMOS), "--root", str(folder), "--contract", contract, "--match-test", rf"^{check}\("]
        command += ["--json-output", str(report), "--solver-timeout-assertion", SOLVER_TIMEOUT]
        command += ["--early-exit", "--no-status"]
        started = time.monotonic()
        with _process_group(command, folder) as process:
            try:
                output = process.communicate(timeout=self.timeout)[0]
            except subprocess.TimeoutExpired:
                details = f"no answer within {self.timeout:g} s"
                return Result(Outcome.TIMED_OUT, time.monotonic() - started, 0, details)
        return parse_result(report, output, time.monotonic() - started)


def parse_result(report: Path, output: str, seconds: float) -> Result:
    """Reads the report and the output of halmos. Only an unconditional success counts as verified."""
    found = json.loads(report.read_text())["test_results"] if report.exists() else {}
    checks = [check for of_contract in found.values() for check in of_contract]
    lines = [line for line in COLOR.sub("", output).splitlines() if line.strip()]
    lines = [line for line in lines if "executor has been shutdown" not in line]
    last_lines = "\n".join(lines[-LAST_LINES:])
    if len(checks) != 1:
        return Result(Outcome.NOT_FOUND, seconds, 0, last_lines)
    paths = (checks[0]["num_paths"] or [0])[0]
    outcome = EXIT_CODES.get(checks[0]["exitcode"], Outcome.ERROR)
    if outcome == Outcome.VERIFIED:
        if checks[0]["num_bounded_loops"]:
            return Result(Outcome.ERROR, seconds, paths, "A loop is longer than its bound. Raise --loop in the proof.")
        return Result(outcome, seconds, paths, "")
    if outcome != Outcome.VIOLATED:
        return Result(outcome, seconds, paths, last_lines)
    if (counterexample := _counterexample(lines)) is None:
        return Result(Outcome.ERROR, seconds, paths, last_lines)
    return Result(outcome, seconds, paths, counterexample)


def _counterexample(lines: Sequence[str]) -> str | None:
    """The first counterexample, unless the solver itself does not vouch for it."""
    start = next((number for number, line in enumerate(lines) if line.startswith("Counterexample")), None)
    if start is None or "potentially invalid" in lines[start]:
        return None
    following = lines[start : start + COUNTEREXAMPLE_LINES]
    return "\n".join(line for line in following if line.startswith("    ") or "xample" in line)


@contextmanager
def _process_group(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Runs halmos in a process group, so that its solvers end with it."""
    path = os.pathsep.join((str(folder / "bin"), str(HALMOS.parent), os.environ.get("PATH", os.defpath)))
    process = subprocess.Popen(
        command,
        cwd=folder,
        # A minimal environment: variables of the machine, such as FOUNDRY_*, must not change the result.
        env={"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
