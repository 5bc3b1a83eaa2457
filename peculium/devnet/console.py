"""The console of the commands."""

from __future__ import annotations

from typing import Any

from rich.console import Console


def make_console(width: int, **options: Any) -> Console:
    """A console as wide as the terminal. In a file or a pipe, which have no width, tables get `width` characters."""
    console = Console(**options)
    return console if console.is_terminal else Console(width=width, **options)
