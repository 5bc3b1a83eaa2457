"""What a document names in backticks exists: paths, `Contract.function`, and identifiers such as errors."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

import peculium

ROOT = Path(__file__).parents[2]
# `docs/demo.md` and `docs/gas.md` are written by commands, from code that has tests of its own.
GENERATED = {"demo.md", "gas.md"}
PAGES = sorted(
    page
    for folder in (".", "docs", "verification", "verification/*", "peculium/devnet")
    for page in ROOT.glob(f"{folder}/*.md")
    if page.name not in GENERATED and "node_modules" not in page.parts
)
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*(?:\.(?:py|sol|md|toml|json|lock|cjs|in|svg)|/)")
MEMBER = re.compile(r"([A-Z]\w+)\.(_?[a-z]\w*)")
IDENTIFIER = re.compile(r"_?[a-z]+[A-Z]\w*|[a-z]+_\w+|(?:[A-Z][a-z0-9]+){2,}[A-Z]*")
# Paths that a command creates.
CREATED = (".build", ".venv", "deployments", "node_modules")
# Names that ERC-4337, ERC-8004, the EVM, Anvil, viem and ethers, or an example in a page gives.
FOREIGN = {"preVerificationGas", "initCode", "agentWallet", "delegatecall", "eth_simulateV1", "signMessage"}


def names_in_code(page):
    """The texts in backticks of a page, without its code blocks."""
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", page.read_text()))


@cache
def solidity():
    """The sources of the contracts, without comments."""
    return [re.sub(r"//.*", "", path.read_text()) for path in ROOT.glob("contracts/**/*.sol")]


@cache
def python(*folders):
    """The Python files of some folders, without this one."""
    return [path.read_text() for each in folders for path in ROOT.glob(f"{each}/**/*.py") if path != Path(__file__)]


@cache
def words():
    """Every identifier of contracts, ABIs, package, examples, tools and tests."""
    abi = (ROOT / "peculium" / "abi.json").read_text()
    sources = [*solidity(), abi, *python("peculium", "examples", "verification", "toolchain", "tests")]
    return set(re.findall(r"\w+", "\n".join(sources)))


@cache
def defines(owner, member):
    """Whether a contract, library, struct or Python class of this name has a function or variable of that name."""
    if hasattr(getattr(peculium, owner, None), member):
        return True
    contract = re.compile(rf"\b(?:contract|library|struct) {owner}\b")
    declaration = re.compile(rf"\bfunction {member}\b|^\s+\w[\w\[\]().,=> ]* {member}\b[^(\n]*;", re.MULTILINE)
    if any(contract.search(text) and declaration.search(text) for text in solidity()):
        return True
    method = re.compile(rf"\bdef {member}\b|^    {member}: ", re.MULTILINE)
    return any(f"class {owner}" in text and method.search(text) for text in python("peculium", "verification"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_paths_of_a_page_exist(page):
    bases = (page.parent, ROOT, ROOT / "contracts")
    paths = [name for name in names_in_code(page) if PATH.fullmatch(name) and not name.startswith(CREATED)]
    missing = [name for name in paths if not any((base / name).exists() for base in bases)]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_functions_of_a_page_are_in_the_contract_or_class_that_it_names(page):
    names = [re.sub(r"\(.*", "", name) for name in names_in_code(page) if not PATH.fullmatch(name)]
    missing = [
        f"{owner}.{member}" for name in names for owner, member in MEMBER.findall(name) if not defines(owner, member)
    ]
    assert missing == []


@pytest.mark.parametrize("page", [each for each in PAGES if each.name != "CHANGELOG.md"], ids=lambda page: page.name)
def test_the_identifiers_of_a_page_are_in_the_code(page):
    names = [re.sub(r"[\w.-]*/[\w./-]*", "", name) for name in names_in_code(page)]
    identifiers = {each for name in names for each in re.findall(r"\w+", name) if IDENTIFIER.fullmatch(each)}
    assert sorted(each for each in identifiers - words() - FOREIGN if not each.startswith("test_")) == []
