"""Runs Slither over the contracts. What is put aside, and why, is in `slither.toml`; anything else is a failure.

Slither would call the compiler itself, in a way that the project's launcher doesn't know; so it is handed the compiler's answer.
"""

from __future__ import annotations

import inspect
import logging
import sys
import tomllib
from pathlib import Path
from typing import Any

import ape
from crytic_compile import CryticCompile
from crytic_compile.compilation_unit import CompilationUnit
from crytic_compile.compiler.compiler import CompilerVersion
from crytic_compile.platform.solc_standard_json import SolcStandardJson, parse_standard_json_output
from slither import Slither
from slither.detectors import all_detectors
from slither.detectors.abstract_detector import AbstractDetector

from toolchain.compiler import LIBRARIES, solve, standard_input

REASONS = Path(__file__).with_name("slither.toml")
# Slither reads no code here, but expects to find some.
NO_CODE = {"bytecode": {"object": "", "sourceMap": ""}, "deployedBytecode": {"object": "", "sourceMap": ""}}


class Compiled(SolcStandardJson):
    """What the compiler has answered already."""

    def __init__(self, output: dict[str, Any], version: str) -> None:
        super().__init__("{}")
        self._output, self._version = output, version

    def compile(self, crytic_compile: CryticCompile, **_: Any) -> None:
        """Hands it over."""
        unit = CompilationUnit(crytic_compile, "peculium")
        unit.compiler_version = CompilerVersion("solc", self._version, optimized=True, via_ir=True)
        parse_standard_json_output(self._output, unit)


class Unread(logging.Handler):
    """Keeps what Slither says that it can't read, which otherwise fills the screen."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.ours: list[str] = []
        self.others = 0

    def emit(self, record: logging.LogRecord) -> None:
        """A function of a library is counted only: OpenZeppelin's transient lock is the one that it doesn't know."""
        if LIBRARIES in record.getMessage():
            self.others += 1
        else:
            self.ours.append(record.getMessage())


def main() -> int:
    unread = Unread()
    parser = logging.getLogger("ContractSolcParsing")
    parser.addHandler(unread)
    parser.propagate = False
    reasons = tomllib.loads(REASONS.read_text())
    detectors, findings = found()
    whole = reasons["detectors"]
    left = [each for each in findings if each["check"] not in whole]
    explained = {(check, place) for check, places in reasons["findings"].items() for place in places}
    unexplained = [each for each in left if (each["check"], place_of(each)) not in explained]
    stale = explained - {(each["check"], place_of(each)) for each in left}
    stale |= {(check, "*") for check in set(whole) - {each["check"] for each in findings}}
    for each in unexplained:
        print(f"{each['check']} in {place_of(each)}: {each['description']}", file=sys.stderr)
    for message in unread.ours:
        print(f"Slither can't read: {message}", file=sys.stderr)
    for check, place in sorted(stale):
        print(f"{REASONS.name}: nothing is found by {check} in {place} any more; take it out", file=sys.stderr)
    aside = len(findings) - len(unexplained)
    print(f"slither: {detectors} detectors, {len(unexplained)} findings, {aside} put aside with their reasons")
    return 1 if unexplained or stale or unread.ours or not detectors else 0


def found() -> tuple[int, list[dict[str, Any]]]:
    """How many detectors ran, and what they found in contracts that are deployed."""
    output = solve(standard_input({"*": {"": ["ast"], "*": ["abi", "devdoc", "userdoc"]}}))
    for contracts in output["contracts"].values():
        for contract in contracts.values():
            contract["evm"] = NO_CODE
    version = str(ape.project.config.solidity.version)
    slither = Slither(
        CryticCompile(Compiled(output, version)), filter_paths=[LIBRARIES, "contracts/mocks"], exclude_dependencies=True
    )
    classes = [each for _, each in inspect.getmembers(all_detectors, inspect.isclass) if is_detector(each)]
    for each in classes:
        slither.register_detector(each)
    return len(classes), [each for group in slither.run_detectors() for each in group]


def is_detector(found: type) -> bool:
    return issubclass(found, AbstractDetector) and found is not AbstractDetector


def place_of(finding: dict[str, Any]) -> str:
    """`Contract.function`, `Contract.variable` or what else the finding speaks of first."""
    element = finding["elements"][0]
    names = [element["name"]]
    while (element := element.get("type_specific_fields", {}).get("parent")) and element["name"]:
        names.insert(0, element["name"])
    return ".".join(names[:2])


if __name__ == "__main__":
    sys.exit(main())
