"""Tests as they are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def source_of(text: str, name: str) -> str:
    """A test as it is written, with its decorators; nothing if there is none of this name."""
    for each in ast.parse(text).body:
        if isinstance(each, ast.FunctionDef) and each.name == name:
            first = min([each.lineno, *(decorator.lineno for decorator in each.decorator_list)])
            return "\n".join(text.splitlines()[first - 1 : each.end_lineno])
    return ""


def imported(path: Path, root: Path) -> set[Path]:
    """A file of tests, and all files of tests that it imports, however far."""
    found, unread = set[Path](), [path]
    while unread:
        each = unread.pop()
        if each not in found:
            found.add(each)
            unread += _imports(each, root)
    return found


def _imports(path: Path, root: Path) -> Iterator[Path]:
    for each in ast.walk(ast.parse(path.read_text())):
        if isinstance(each, ast.ImportFrom) and (each.module or "").startswith("tests."):
            module = root / str(each.module).replace(".", "/")
            # `from verification.scenarios.actions import agent` names a file of a folder, `from verification.scenarios.fixtures import Cast` a name of a file.
            files = [module.with_suffix(".py"), *(module / f"{alias.name}.py" for alias in each.names)]
            yield from (file for file in files if file.exists())
