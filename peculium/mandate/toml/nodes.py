"""A value of a mandate's file, with its place, so that an error can name the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any, TypeVar

from peculium.errors import InvalidInput, clean, quote
from peculium.mandate.toml.errors import FollowsFromAnother, InvalidMandateFile
from peculium.mandate.toml.lines import Path, lines_of
from peculium.mandate.toml.syntax import parse

Value = TypeVar("Value")
Otherwise = TypeVar("Otherwise")


def document_of(text: str) -> Node:
    """Returns the document of a text. Raises `InvalidMandateFile` if it isn't TOML, or of an unknown version."""
    return Node(parse(text), (), Document(lines_of(text.replace("\r\n", "\n"))))


def likely(word: str, known: Sequence[str]) -> str:
    """Returns a sentence with the known word that is most like this one, or with all of them."""
    alike = most_like(word, known)
    if alike is not None:
        return f"Did you mean {alike}?"
    return f"Known: {', '.join(known)}." if known else ""


def most_like(word: str, known: Sequence[str]) -> str | None:
    """Returns the known word that is most like this one, or None if none is like it."""
    alike = get_close_matches(word.lower(), [each.lower() for each in known], 1)
    return next((each for each in known if alike and each.lower() == alike[0]), None)


@dataclass
class Document:
    """The lines of a file, and its mistakes as far as it has been read."""

    lines: Mapping[Path, int]
    problems: list[InvalidMandateFile] = field(default_factory=list)
    unread: int = 0
    """How many values couldn't be read because of another mistake."""

    @property
    def mistakes(self) -> int:
        """How many values couldn't be read so far."""
        return len(self.problems) + self.unread

    def attempt(self, read: Callable[[], Value], otherwise: Otherwise) -> Value | Otherwise:
        """Returns what `read` returns. Keeps its mistake and returns `otherwise` if it raises `InvalidMandateFile`."""
        try:
            return read()
        except FollowsFromAnother:
            self.unread += 1
        except InvalidMandateFile as error:
            self.problems.append(error)
        return otherwise

    def require_sound(self) -> None:
        """Raises `InvalidMandateFile` with all mistakes that were found."""
        if self.problems:
            raise InvalidMandateFile.of(self.problems)


@dataclass(frozen=True)
class Node:
    """A value and its place."""

    value: Any
    path: Path
    document: Document

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
        lines = self.document.lines
        paths = (self.path[:length] for length in range(len(self.path), 0, -1))
        return next((lines[path] for path in paths if path in lines), None)

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
        return [Node(each, (*self.path, place), self.document) for place, each in enumerate(self.value)]

    def entries(self, example: str) -> list[Node]:
        """Returns the values of a table whose keys are free."""
        if not isinstance(self.value, dict):
            raise self.refuse(f"{self.name} must be a table, such as {example}.")
        return [Node(each, (*self.path, key), self.document) for key, each in self.value.items()]

    def table(self, known: Sequence[str], what: str, example: str) -> Table:
        """Returns a table with these keys only. `what` names it in errors. Each other key is a mistake of the document."""
        misspelt = set()
        for entry in self.entries(example):
            if entry.path[-1] not in known:
                message = f"{quote(entry.name)} isn't a key of {what}. {likely(entry.name, known)}"
                self.document.problems.append(entry.refuse(message))
                misspelt.add(most_like(entry.name, known))
        return Table(self, what, frozenset(each for each in misspelt if each))


@dataclass(frozen=True)
class Table:
    """A table whose keys are known."""

    node: Node
    what: str
    misspelt: frozenset[str] = frozenset()
    """Keys that other keys are probably meant to be."""

    def get(self, key: str) -> Node | None:
        """Returns the value of a key, or None if the file has none."""
        value = self.node.value.get(key)
        return None if value is None else Node(value, (*self.node.path, key), self.node.document)

    def require(self, key: str, example: str) -> Node:
        """Returns the value of a key that must be there. `example` is the line to write."""
        found = self.get(key)
        if found is None:
            if key in self.misspelt:
                raise FollowsFromAnother(f"{key} is misspelt.")
            what = self.what[0].upper() + self.what[1:]
            raise self.node.refuse(f"{what} has no line {key}. Write one, such as: {example}")
        return found
