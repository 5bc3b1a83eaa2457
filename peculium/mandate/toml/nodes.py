"""A value of a mandate's file, with its place, so that an error can name the line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from peculium.errors import InvalidInput, clean, quote
from peculium.mandate.toml.errors import InvalidMandateFile
from peculium.mandate.toml.lines import Path, lines_of


def document_of(text: str) -> Node:
    """Returns the document of a text. Raises `InvalidMandateFile` if it isn't TOML."""
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidMandateFile(f"The text isn't valid TOML: {clean(str(error))}.") from None
    return Node(value, (), lines_of(text.replace("\r\n", "\n")))


def likely(word: str, known: Sequence[str]) -> str:
    """Returns a sentence with the known word that is most like this one, or with all of them."""
    alike = get_close_matches(word.lower(), [each.lower() for each in known], 1)
    if alike:
        return f"Did you mean {next(each for each in known if each.lower() == alike[0])}?"
    return f"Known: {', '.join(known)}." if known else ""


@dataclass(frozen=True)
class Node:
    """A value and its place."""

    value: Any
    path: Path
    lines: Mapping[Path, int]

    @property
    def key(self) -> str:
        """The name of the value, with those of its tables."""
        return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path).removeprefix(".")

    @property
    def name(self) -> str:
        """The last key, without those of its tables."""
        return clean(str(next((part for part in reversed(self.path) if isinstance(part, str)), "the file")))

    @property
    def line(self) -> int | None:
        """The line on which the value begins, counted from 1."""
        paths = (self.path[:length] for length in range(len(self.path), 0, -1))
        return next((self.lines[path] for path in paths if path in self.lines), None)

    def refuse(self, message: str) -> InvalidMandateFile:
        """Returns an error about this value."""
        return InvalidMandateFile(message, self.line, clean(self.key) or None)

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Adds the line of this value to the errors of a block."""
        try:
            yield
        except InvalidMandateFile:
            raise
        except InvalidInput as error:
            raise self.refuse(f"{self.name}: {error}") from error

    def text(self, example: str) -> str:
        """Returns a text. `example` is what the line may look like."""
        if not isinstance(self.value, str):
            raise self.refuse(f"{self.name} must be a text, such as {example}.")
        return self.value

    def integer(self, example: str) -> int:
        """Returns an integer."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.refuse(f"{self.name} must be a whole number, such as {example}.")
        return self.value

    def boolean(self) -> bool:
        """Returns true or false."""
        if not isinstance(self.value, bool):
            raise self.refuse(f"{self.name} must be true or false.")
        return self.value

    def moment(self) -> datetime:
        """Returns a time with its time zone."""
        if not isinstance(self.value, datetime) or self.value.utcoffset() is None:
            raise self.refuse(
                f"{self.name} must be a time with its time zone, without quotes, such as {self.name} = 2027-03-01T00:00:00Z."
            )
        return self.value

    def items(self, example: str) -> list[Node]:
        """Returns the items of a list."""
        if not isinstance(self.value, list):
            raise self.refuse(f"{self.name} must be a list, such as {example}.")
        return [Node(each, (*self.path, place), self.lines) for place, each in enumerate(self.value)]

    def entries(self, example: str) -> list[Node]:
        """Returns the values of a table whose keys are free."""
        if not isinstance(self.value, dict):
            raise self.refuse(f"{self.name} must be a table, such as {example}.")
        return [Node(each, (*self.path, key), self.lines) for key, each in self.value.items()]

    def table(self, known: Sequence[str], what: str, example: str) -> Table:
        """Returns a table with these keys only. `what` names it in errors."""
        for entry in self.entries(example):
            if entry.name not in known:
                raise entry.refuse(f"{quote(entry.name)} isn't a key of {what}. {likely(entry.name, known)}")
        return Table(self, what)


@dataclass(frozen=True)
class Table:
    """A table whose keys are known."""

    node: Node
    what: str

    def get(self, key: str) -> Node | None:
        """Returns the value of a key, or None if the file has none."""
        value = self.node.value.get(key)
        return None if value is None else Node(value, (*self.node.path, key), self.node.lines)

    def require(self, key: str, example: str) -> Node:
        """Returns the value of a key that must be there. `example` is the line to write."""
        found = self.get(key)
        if found is None:
            what = self.what[0].upper() + self.what[1:]
            raise self.node.refuse(f"{what} has no line {key}. Write one, such as: {example}")
        return found
