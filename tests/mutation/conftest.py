"""The contract that the tests mutate, and its mutants."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolchain.compiler import solve
from verification.mutation.finder import find

PATH = "contracts/mocks/Specimen.sol"
SOURCE = (Path(__file__).parents[2] / PATH).read_text()
VARIANTS = {
    "original": SOURCE,
    "moved": SOURCE.replace("contract Specimen", "// One more line.\ncontract Specimen"),
    "changed": SOURCE.replace("next.add(total)", "next.add(total + 0)"),
    "power": SOURCE.replace("MOST - before", "10 ** before"),
    "twice": SOURCE.replace("total += amount;", "total += amount; total += amount;"),
}


def compiler_input(sources, outputs):
    """The compiler's standard input."""
    return {
        "language": "Solidity",
        "sources": {path: {"content": text} for path, text in sources.items()},
        "settings": {"evmVersion": "cancun", "outputSelection": outputs},
    }


@pytest.fixture(scope="session")
def deployed_suite():
    """Nothing: these tests need no suite."""


@pytest.fixture(scope="session")
def trees():
    """Source and syntax tree of `Specimen`, and of variants with one small change."""
    output = solve(compiler_input(VARIANTS, {"*": {"": ["ast"]}}))
    return {name: (VARIANTS[name], each["ast"]) for name, each in output["sources"].items()}


@pytest.fixture(scope="session")
def mutants(trees):
    """All mutants of `Specimen`, by number."""
    return dict(enumerate(find(PATH, *trees["original"]), 1))


@pytest.fixture(scope="session")
def selectable(mutants):
    """The mutants that can be selected at run time."""
    return {number: each for number, each in mutants.items() if not each.needs_own_build}
