"""Single keys from a terminal, without Enter."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Keyboard:
    """Keys that were pressed. Without a terminal that can give them, none."""

    def __init__(self, raw: bool) -> None:
        self._raw = raw

    def wait(self, seconds: float) -> str:
        """Waits for a key, and returns it; empty if none was pressed in this time."""
        if not self._raw:
            time.sleep(seconds)
            return ""
        import select

        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        return sys.stdin.read(1).lower() if ready else ""


@contextmanager
def keyboard() -> Iterator[Keyboard]:
    """Gives the keys of the terminal until the block ends, and restores it. Ctrl-C stays what it is."""
    try:
        import termios
        import tty
    except ModuleNotFoundError:
        # Windows.
        yield Keyboard(False)
        return
    if not sys.stdin.isatty():
        yield Keyboard(False)
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield Keyboard(True)
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
