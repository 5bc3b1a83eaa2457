"""Hands a check to the prover, halmos, together with the real contracts, or with one of them changed.

halmos calls `forge build` and reads what that leaves in `out/`. Here the project's own compiler has been there before it, with the
project's own settings, and the `forge` that halmos finds does nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from toolchain.compiler import solve, standard_input

ROOT = Path(__file__).parents[2]
HALMOS = ROOT / ".toolchain" / "prover" / "bin" / "halmos"
FOLDER = "verification/symbolic/proofs"
IMPORT = re.compile(r'^import\b[^;]*?"([^"]+)";', re.MULTILINE)
# What a proof deploys as it was compiled, and doesn't import: so the proof itself is compiled once for all planted bugs.
DEPLOYED = re.compile(r'_made\("(\w+)\.sol:')
# The same with its file, and what stands in `verification/symbolic/proofs/` itself and is deployed so.
ARTIFACT = re.compile(r'"(\w+\.sol):(\w+)"')
DEPLOYABLE = "contracts/{}.sol"
COLOR = re.compile(r"\x1b\[[0-9;]*m")
OUTPUTS = ["abi", "metadata", "evm.bytecode", "evm.deployedBytecode.object", "evm.methodIdentifiers"]

PROVEN, REFUTED, TIMED_OUT, ERROR, NO_TEST = "proven", "refuted", "timed out", "error", "no test found"
OUTCOMES = {0: PROVEN, 1: REFUTED, 2: TIMED_OUT}
SOLVER_TIMEOUT = "120s"


@dataclass(frozen=True)
class Answer:
    """What the prover said of one check."""

    outcome: str
    seconds: float
    paths: int
    told: str
    """A counterexample, or what went wrong."""


class Prover:
    """Compiles, and asks."""

    def __init__(self, patience: float) -> None:
        """`patience`: the longest that one question may take (seconds)."""
        if not HALMOS.exists():
            raise SystemExit("There is no prover: run `make prover` first.")
        self.patience = patience
        self._rooms: dict[str, tempfile.TemporaryDirectory[str]] = {}
        self._made: dict[str, dict[str, str]] = {}

    @cached_property
    def _task(self) -> dict[str, Any]:
        return standard_input({})

    def ask(self, contract: str, check: str, changed: Mapping[str, str] | None = None) -> Answer:
        """Whether a check of `verification/symbolic/proofs/<contract>.sol` holds, with the sources of these paths replaced."""
        if changed:
            with self.changed((contract,), changed) as room:
                return room.ask(contract, check)
        if contract not in self._rooms:
            self._rooms[contract] = tempfile.TemporaryDirectory(prefix="proof-")
            self._build(Path(self._rooms[contract].name), (contract,), {})
        return self._run(Path(self._rooms[contract].name), contract, check)

    @contextmanager
    def changed(self, contracts: tuple[str, ...], changed: Mapping[str, str]) -> Iterator[Room]:
        """To ask more than once of the same sources."""
        with tempfile.TemporaryDirectory(prefix="proof-") as folder:
            self._build(Path(folder), contracts, changed)
            yield Room(self, Path(folder))

    def imports(self, contract: str, path: str) -> bool:
        """Whether a check of this contract could notice a change of that source."""
        return path in dict(self._sources(paths_of((contract,)), {}))

    def deployed(self, contract: str) -> list[tuple[str, str]]:
        """What a check of this contract deploys as it was compiled: files and contracts."""
        sources = self._sources(paths_of((contract,)), {})
        return sorted({found for name, text in sources if name.startswith(FOLDER) for found in ARTIFACT.findall(text)})

    def _build(self, folder: Path, contracts: tuple[str, ...], changed: Mapping[str, str]) -> None:
        """Leaves what `forge build --ast` would leave."""
        sources = dict(self._sources(paths_of(contracts), changed))
        if missing := changed.keys() - sources.keys():
            raise SystemExit(f"{', '.join(contracts)} doesn't import {', '.join(missing)}.")
        for name, inside in self._compiled(sources).items():
            target = folder / "out" / Path(name).name
            target.mkdir(parents=True)
            for contract, made in inside.items():
                (target / f"{contract}.json").write_text(made)
        forge = folder / "bin" / "forge"
        forge.parent.mkdir()
        forge.write_text("#!/bin/sh\n")
        forge.chmod(0o755)

    def _compiled(self, sources: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """What is made of these sources. A source is compiled once, as long as it and all that it imports stay what they are."""
        keys = {name: self._key(name, sources) for name in sources}
        fresh = [name for name, key in keys.items() if key not in self._made]
        selection = {name: {"": ["ast"], "*": OUTPUTS} for name in fresh}
        task = {**self._task, "sources": {name: {"content": text} for name, text in sources.items()}}
        output = solve({**task, "settings": {**self._settings, "outputSelection": selection}}) if fresh else {}
        for name in fresh:
            made = output["contracts"].get(name, {})
            self._made[keys[name]] = {
                contract: json.dumps(artifact(each, output["sources"][name])) for contract, each in made.items()
            }
        return {name: self._made[key] for name, key in keys.items() if self._made[key]}

    def _key(self, name: str, sources: Mapping[str, str]) -> str:
        told = hashlib.sha256()
        for each, text in sorted(self._sources([name], sources, deployed=False)):
            told.update(f"{each}\0{text}\0".encode())
        return told.hexdigest()

    @cached_property
    def _settings(self) -> dict[str, Any]:
        return dict(self._task["settings"])

    def _sources(
        self, paths: list[str], changed: Mapping[str, str], deployed: bool = True
    ) -> Iterator[tuple[str, str]]:
        """Sources, and all that they import, and all that they deploy unless that is left out."""
        unread, seen = list(paths), set[str]()
        while unread:
            name = unread.pop()
            if name in seen:
                continue
            seen.add(name)
            text = changed.get(name) or (ROOT / name).read_text()
            unread += [self._resolved(name, each) for each in IMPORT.findall(text)]
            if deployed:
                unread += [DEPLOYABLE.format(each) for each in DEPLOYED.findall(text)]
            yield name, text

    def _resolved(self, importer: str, name: str) -> str:
        if name.startswith("."):
            return posixpath.normpath(posixpath.join(posixpath.dirname(importer), name))
        for prefix, target in (each.split("=") for each in self._settings["remappings"]):
            if name.startswith(prefix):
                return target + name.removeprefix(prefix)
        return name

    def _run(self, folder: Path, contract: str, check: str) -> Answer:
        result = folder / "result.json"
        result.unlink(missing_ok=True)
        options = ["--root", folder, "--contract", contract, "--match-test", rf"^{check}\(", "--json-output", result]
        options += ["--solver-timeout-assertion", SOLVER_TIMEOUT, "--early-exit", "--no-status"]
        path = os.pathsep.join((str(folder / "bin"), str(HALMOS.parent), os.environ.get("PATH", os.defpath)))
        # Whatever this machine sets for other projects doesn't count here.
        environment = {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "COLUMNS": "200"}
        started = time.monotonic()
        with group([HALMOS, *options], folder, environment) as process:
            try:
                told = process.communicate(timeout=self.patience)[0]
            except subprocess.TimeoutExpired:
                return Answer(TIMED_OUT, time.monotonic() - started, 0, f"no answer within {self.patience:.0f} s")
        return answer(result, told, time.monotonic() - started)


@dataclass(frozen=True)
class Room:
    """Contracts of checks, compiled."""

    prover: Prover
    folder: Path

    def ask(self, contract: str, check: str) -> Answer:
        """Whether it holds."""
        return self.prover._run(self.folder, contract, check)

    def code(self, contract: str) -> str:
        """What was compiled, of the contract and of all that it deploys: where it is the same, so is every answer."""
        parts = [(f"{contract}.sol", contract), *self.prover.deployed(contract)]
        return "".join(self._code(*part) for part in parts)

    def _code(self, file: str, contract: str) -> str:
        made = json.loads((self.folder / "out" / file / f"{contract}.json").read_text())
        return str(made["bytecode"]["object"])


def paths_of(contracts: tuple[str, ...]) -> list[str]:
    """Where the checks of these contracts are."""
    return [f"{FOLDER}/{each}.sol" for each in contracts]


def answer(result: Path, told: str, seconds: float) -> Answer:
    """What the prover wrote: nothing but an unconditional yes is a proof."""
    found = json.loads(result.read_text())["test_results"] if result.exists() else {}
    tests = [each for tests in found.values() for each in tests]
    lines = [
        line for line in COLOR.sub("", told).splitlines() if line.strip() and "executor has been shutdown" not in line
    ]
    end = "\n".join(lines[-12:])
    if len(tests) != 1:
        return Answer(NO_TEST, seconds, 0, end)
    test = tests[0]
    paths = (test["num_paths"] or [0])[0]
    outcome = OUTCOMES.get(test["exitcode"], ERROR)
    if outcome == PROVEN and test["num_bounded_loops"]:
        return Answer(ERROR, seconds, paths, "a loop is longer than its bound: raise --loop")
    if outcome == REFUTED:
        start = next((number for number, line in enumerate(lines) if line.startswith("Counterexample")), None)
        # A model that the solver itself doesn't trust is no counterexample.
        if start is None or "potentially invalid" in lines[start]:
            return Answer(ERROR, seconds, paths, end)
        end = "\n".join(line for line in lines[start : start + 30] if line.startswith("    ") or "xample" in line)
    return Answer(outcome, seconds, paths, end)


def artifact(made: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    """A contract as forge writes it."""
    code, deployed = made["evm"]["bytecode"], made["evm"]["deployedBytecode"]
    return {
        "abi": made["abi"],
        "ast": source["ast"],
        "id": source["id"],
        "bytecode": {"object": "0x" + code["object"], "linkReferences": code.get("linkReferences", {})},
        "deployedBytecode": {"object": "0x" + deployed["object"], "linkReferences": {}},
        "methodIdentifiers": made["evm"]["methodIdentifiers"],
        "metadata": json.loads(made["metadata"]),
    }


@contextmanager
def group(command: list[Any], folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with all the solvers that it started."""
    process = subprocess.Popen(
        [str(each) for each in command],
        cwd=folder,
        env=environment,
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
