"""Runs Slither on the contracts. `slither.toml` lists accepted findings with reasons; any other finding is a failure.

Slither gets the compiler's output, because it would call the compiler in a way that `toolchain/solc` does not support.
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
# Slither needs the keys but not the code.
NO_CODE = {"bytecode": {"object": "", "sourceMap": ""}, "deployedBytecode": {"object": "", "sourceMap": ""}}


class Compiled(SolcStandardJson):
    """The compiler's output as a compilation of crytic-compile."""

    def __init__(self, output: dict[str, Any], version: str) -> None:
        super().__init__("{}")
        self._output, self._version = output, version

    def compile(self, crytic_compile: CryticCompile, **_: Any) -> None:
        """Parses the output instead of running the compiler."""
        unit = CompilationUnit(crytic_compile, "peculium")
        unit.compiler_version = CompilerVersion("solc", self._version, optimized=True, via_ir=True)
        parse_standard_json_output(self._output, unit)


class Unread(logging.Handler):
    """Collects what Slither cannot parse, which would otherwise be logged to the screen."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.ours: list[str] = []
        self.others = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Only counts functions of libraries: Slither does not know OpenZeppelin's transient lock."""
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
    detectors, findings = run_detectors()
    disabled = reasons["detectors"]
    left = [each for each in findings if each["check"] not in disabled]
    explained = {(check, place) for check, places in reasons["findings"].items() for place in places}
    unexplained = [each for each in left if (each["check"], place_of(each)) not in explained]
    stale = explained - {(each["check"], place_of(each)) for each in left}
    stale |= {(check, "*") for check in set(disabled) - {each["check"] for each in findings}}
    for each in unexplained:
        print(f"{each['check']} in {place_of(each)}: {each['description']}", file=sys.stderr)
    for message in unread.ours:
        print(f"Slither cannot parse: {message}", file=sys.stderr)
    for check, place in sorted(stale):
        print(f"{REASONS.name}: {check} finds nothing in {place} any more: remove the entry", file=sys.stderr)
    aside = len(findings) - len(unexplained)
    print(f"slither: {detectors} detectors, {len(unexplained)} findings, {aside} accepted with reasons")
    return 1 if unexplained or stale or unread.ours or not detectors else 0


def run_detectors() -> tuple[int, list[dict[str, Any]]]:
    """The number of detectors, and their findings in deployable contracts."""
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
    """The first element of the finding, such as `Contract.function` or `Contract.variable`."""
    element = finding["elements"][0]
    names = [element["name"]]
    while (element := element.get("type_specific_fields", {}).get("parent")) and element["name"]:
        names.insert(0, element["name"])
    return ".".join(names[:2])


if __name__ == "__main__":
    sys.exit(main())
