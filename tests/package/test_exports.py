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


def test_lists_every_imported_name():
    tree = ast.parse(Path(peculium.__file__).read_text())
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert imported == set(peculium.__all__)


FOLDER = Path(peculium.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in [*FOLDER.glob("*.py"), *FOLDER.glob("mandate/*.py"), *FOLDER.glob("wallet/*.py")]
)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_can_be_imported_first(module):
    """Finds import cycles."""
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True, cwd=FOLDER.parent)
