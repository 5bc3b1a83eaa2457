"""What the package offers: a sorted list, and all of it there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import peculium


def test_the_list_is_sorted_and_without_doubles():
    """In the order of the linter: constants, classes, functions."""
    names = peculium.__all__

    def rank(name):
        return 0 if name.isupper() else 1 if name[0].isupper() else 2

    assert names == sorted(names, key=lambda name: (rank(name), name))
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", peculium.__all__)
def test_what_is_listed_is_there_and_documented(name):
    found = getattr(peculium, name)
    assert found is not None
    if isinstance(found, type) or callable(found):
        assert found.__doc__


def test_what_is_imported_is_listed():
    tree = ast.parse(Path(peculium.__file__).read_text())
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert imported == set(peculium.__all__)


@pytest.mark.parametrize("module", sorted(path.stem for path in Path(peculium.__file__).parent.glob("*.py")))
def test_a_module_is_imported_without_the_others(module):
    """No module needs another to have been imported first."""
    name = "peculium" if module == "__init__" else f"peculium.{module}"
    if module == "__main__":
        pytest.skip("runs on import")
    subprocess.run([sys.executable, "-c", f"import {name}"], check=True, cwd=Path(peculium.__file__).parent.parent)
