"""`peculium.__all__` is sorted, complete and documented."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import peculium


def test_is_sorted_without_duplicates():
    """Constants, then classes, then the rest, as ruff sorts them."""
    names = peculium.__all__

    def rank(name):
        return 0 if name.isupper() else 1 if name[0].isupper() else 2

    assert names == sorted(names, key=lambda name: (rank(name), name))
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", peculium.__all__)
def test_every_name_exists_and_has_a_docstring(name):
    found = getattr(peculium, name)
    assert found is not None
    if isinstance(found, type) or callable(found):
        assert found.__doc__


def imported():
    """The names that type checkers see, and their modules."""
    tree = ast.parse(Path(peculium.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    listed = (node for node in block.body if isinstance(node, ast.ImportFrom))
    return {alias.name: node.module for node in listed for alias in node.names}


def test_lists_every_imported_name():
    assert set(imported()) == set(peculium.__all__)


def test_every_name_comes_from_the_module_that_type_checkers_read():
    """The imports are run when a name is first used, so they are written down twice."""
    assert imported() == peculium._MODULES


def test_importing_the_package_imports_nothing_else():
    """So that a command which only prints its help starts at once."""
    code = "import sys, peculium; print([each for each in sys.modules if each.startswith(('web3', 'peculium.'))])"
    found = subprocess.run([sys.executable, "-c", code], check=True, cwd=FOLDER.parent, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"


def test_unknown_name_raises_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Wallet'"):
        _ = peculium.Wallet


def test_names_are_listed_before_they_are_used():
    assert set(peculium.__all__) <= set(dir(peculium))


FOLDER = Path(peculium.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in [*FOLDER.glob("*.py"), *FOLDER.glob("mandate/*.py"), *FOLDER.glob("wallet/*.py")]
)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_can_be_imported_first(module):
    """Finds import cycles."""
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True, cwd=FOLDER.parent)
