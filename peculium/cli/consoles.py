"""The two streams: data to standard output, talk to standard error."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console

WIDTH = 80
"""Width of tables where there is no terminal."""


def data_console() -> Console:
    """The console of what was asked for."""
    return _console(sys.stdout)


def talk_console() -> Console:
    """The console of progress, questions, errors and next steps."""
    return _console(sys.stderr)


def _console(stream: Any) -> Console:
    # Made for each command: the streams may be replaced. Colors only on terminals, and not with NO_COLOR. No markup: the words
    # of tokens and other people stand in tables.
    options: dict[str, Any] = {"file": stream, "highlight": False, "markup": False, "emoji": False}
    console = Console(**options)
    return console if console.is_terminal else Console(**options, width=WIDTH)
