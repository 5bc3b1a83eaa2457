"""Where commands print."""

from __future__ import annotations

from typing import Any

from rich.console import Console


def console_of(width: int, **options: Any) -> Console:
    """A console; into a file or a pipe, where a table needs room to be read, `width` characters wide."""
    console = Console(**options)
    return console if console.is_terminal else Console(width=width, **options)
