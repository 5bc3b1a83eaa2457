"""Tests as they are written."""

from __future__ import annotations

import ast


def source_of(text: str, name: str) -> str:
    """A test as it is written, with its decorators; nothing if there is none of this name."""
    for each in ast.parse(text).body:
        if isinstance(each, ast.FunctionDef) and each.name == name:
            first = min([each.lineno, *(decorator.lineno for decorator in each.decorator_list)])
            return "\n".join(text.splitlines()[first - 1 : each.end_lineno])
    return ""
