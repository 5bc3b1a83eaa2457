"""The error of a mandate's file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peculium.errors import InvalidInput


class InvalidMandateFile(InvalidInput):
    """The text of a mandate can't be read. The message names the line and says what to write.

    A file with several mistakes has one line of the message for each.
    """

    def __init__(
        self,
        message: str,
        line: int | None = None,
        key: str | None = None,
        column: int | None = None,
        problems: Sequence[InvalidMandateFile] = (),
    ) -> None:
        place = f"Line {line}, column {column}: " if column else f"Line {line}: "
        super().__init__(place + message if line else message)
        self.line = line
        """The line, counted from 1; None if it isn't known. The first one, if there are several mistakes."""
        self.column = column
        """The column, counted from 1, if the text isn't valid TOML."""
        self.key = key
        """The dotted name of the key, if the error is about one."""
        self.problems = tuple(problems) or (self,)
        """One error for each mistake, by lines. This one alone if there is one mistake."""

    @classmethod
    def of(cls, problems: Sequence[InvalidMandateFile]) -> InvalidMandateFile:
        """Returns one error for all of these, ordered by lines."""
        ordered = sorted(problems, key=lambda each: each.line or 0)
        if len(ordered) == 1:
            return ordered[0]
        made = cls("\n".join(str(each) for each in ordered), problems=ordered)
        made.line, made.key = ordered[0].line, ordered[0].key
        return made

    def as_dict(self) -> dict[str, Any]:
        """As `PeculiumError.as_dict`, with `line`, `column` and `key`, and these and the message of each of the `problems`."""
        listed = [
            {"line": each.line, "column": each.column, "key": each.key, "message": str(each)} for each in self.problems
        ]
        return {**super().as_dict(), "line": self.line, "column": self.column, "key": self.key, "problems": listed}


class FollowsFromAnother(InvalidMandateFile):
    """A mistake that wouldn't be one without another one, which is reported in its place."""
