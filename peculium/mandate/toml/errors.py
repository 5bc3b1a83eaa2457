"""The error of a mandate's file."""

from __future__ import annotations

from typing import Any

from peculium.errors import InvalidInput


class InvalidMandateFile(InvalidInput):
    """The text of a mandate can't be read. The message names the line and says what to write."""

    def __init__(self, message: str, line: int | None = None, key: str | None = None) -> None:
        super().__init__(f"Line {line}: {message}" if line else message)
        self.line = line
        """The line, counted from 1; None if it isn't known."""
        self.key = key
        """The dotted name of the key, if the error is about one."""

    def as_dict(self) -> dict[str, Any]:
        """As `PeculiumError.as_dict`, with `line` and `key`."""
        return {**super().as_dict(), "line": self.line, "key": self.key}
