"""The dependencies in pyproject.toml are the packages that `peculium` imports."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import peculium

PACKAGE = Path(peculium.__file__).parent
PROJECT = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
DEVNET, CLI, LEDGER = (PACKAGE / name for name in ("devnet", "cli", "ledger"))
# eth-keys uses it if it is installed.
UNSEEN = {"coincurve"}


def normalized(name):
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements):
    return {normalized(re.match(r"[\w.-]+", requirement)[0]) for requirement in requirements}


def imported(files):
    """The third-party distributions that these files import, also within functions."""
    modules = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add(node.module.split(".")[0])
    distributions = packages_distributions()
    third_party = modules - sys.stdlib_module_names - {"peculium"}
    return {normalized(distributions[module][0]) for module in third_party}


@pytest.fixture(scope="module")
def imported_by_core():
    return imported(path for path in PACKAGE.rglob("*.py") if not {DEVNET, CLI, LEDGER} & {*path.parents})


@pytest.fixture(scope="module")
def imported_by_devnet():
    return imported(DEVNET.rglob("*.py"))


def test_the_core_imports_exactly_the_dependencies(imported_by_core):
    assert imported_by_core | UNSEEN == declared(PROJECT["dependencies"])


def test_devnet_adds_exactly_the_extra_dev(imported_by_core, imported_by_devnet):
    assert imported_by_devnet - imported_by_core == declared(PROJECT["optional-dependencies"]["dev"])


def test_the_ledger_adds_exactly_the_extra_ledger(imported_by_core):
    assert imported(LEDGER.rglob("*.py")) - imported_by_core == declared(PROJECT["optional-dependencies"]["ledger"])


def test_the_command_line_adds_nothing_but_the_extra_cli(imported_by_core):
    assert imported(CLI.rglob("*.py")) - imported_by_core <= declared(PROJECT["optional-dependencies"]["cli"])


def test_finds_imports_within_functions_and_packages_with_another_name(tmp_path):
    file = tmp_path / "module.py"
    file.write_text("import os.path\nfrom eth_account.messages import x\n\ndef f():\n    import yaml, peculium.units\n")
    assert imported([file]) == {"eth-account", "pyyaml"}
