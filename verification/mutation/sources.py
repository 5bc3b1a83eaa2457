"""The source of tests, from which the store tells whether a result is still valid."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("tests.", "verification.")


def source_of(text: str, name: str) -> str:
    """The source of a test function with its decorators, or an empty string if there is no such function."""
    for each in ast.parse(text).body:
        if isinstance(each, ast.FunctionDef) and each.name == name:
            first = min([each.lineno, *(decorator.lineno for decorator in each.decorator_list)])
            return "\n".join(text.splitlines()[first - 1 : each.end_lineno])
    return ""


def imported(path: Path, root: Path) -> set[Path]:
    """A file with all files of the tests and of `verification` that it imports, directly or indirectly."""
    found, unread = set[Path](), [path]
    while unread:
        each = unread.pop()
        if each not in found:
            found.add(each)
            unread += _imports(each, root)
    return found


def _imports(path: Path, root: Path) -> Iterator[Path]:
    for each in ast.walk(ast.parse(path.read_text())):
        if isinstance(each, ast.ImportFrom) and (each.module or "").startswith(PACKAGES):
            module = root / str(each.module).replace(".", "/")
            # `from package import name` imports a module of the package, or a name from its file.
            files = [module.with_suffix(".py"), *(module / f"{alias.name}.py" for alias in each.names)]
            yield from (file for file in files if file.exists())
