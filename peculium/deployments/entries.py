"""An entry of a data file, whose values are checked as they are read."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peculium.errors import InvalidInput, quote

_URL = re.compile(r"https://[a-z0-9.-]+\.[a-z]+(/[\w./-]*)?")


@dataclass(frozen=True)
class Entry:
    """A table of a file. Every method raises `InvalidInput`, which names file and entry, if the value is wrong."""

    file: str
    path: str
    """Where it is in the file, such as `base-sepolia.USDC`; empty for the file itself."""
    content: dict[str, Any]

    def wrong(self, why: str) -> InvalidInput:
        """Returns the error that says what is wrong with this entry."""
        end = "" if why.endswith((".", "?")) else "."
        return InvalidInput(f"{self.file}, {self.path or 'the file'}: {why}{end}")

    def names(self) -> Iterable[str]:
        """Returns the names of the values."""
        return self.content.keys()

    def has(self, key: str) -> bool:
        """Whether there is such a value."""
        return key in self.content

    def only(self, *keys: str) -> None:
        """Refuses any other value: a mistyped name would be ignored otherwise."""
        for key in self.content:
            if key not in keys:
                raise self.wrong(f"{quote(key)} is no value of an entry. Known: {', '.join(keys)}")

    def value(self, key: str) -> Any:
        """Returns a value of any type that isn't missing."""
        if key not in self.content:
            raise self.wrong(f"{key} is missing")
        return self.content[key]

    def table(self, key: str) -> Entry:
        """Returns an entry within this one."""
        value = self.value(key)
        if not isinstance(value, dict):
            raise self.wrong(f"{key} is no table")
        return Entry(self.file, f"{self.path}.{key}" if self.path else key, value)

    def positive(self, key: str) -> int:
        """Returns a whole number above zero."""
        value = self.value(key)
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise self.wrong(f"{key} is no whole number above zero")
        return value

    def seconds(self, key: str) -> float:
        """Returns a length of time above zero."""
        value = self.value(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value) or value <= 0:
            raise self.wrong(f"{key} is no number of seconds above zero")
        return value

    def flag(self, key: str) -> bool:
        """Returns true or false."""
        value = self.value(key)
        if not isinstance(value, bool):
            raise self.wrong(f"{key} is neither true nor false")
        return value

    def text(self, key: str) -> str:
        """Returns a text that isn't empty."""
        return self._text(key, self.value(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """Returns a list of texts that has at least one."""
        value = self.value(key)
        if not isinstance(value, list) or not value:
            raise self.wrong(f"{key} is no list with at least one text")
        return tuple(self._text(key, each) for each in value)

    def url(self, key: str) -> str:
        """Returns an https URL."""
        return self._url(key, self.value(key))

    def urls(self, key: str) -> tuple[str, ...]:
        """Returns a list of https URLs; none if the value is missing."""
        value = self.content.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(f"{key} is no list")
        return tuple(self._url(key, each) for each in value)

    def _text(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"{key} is no text, or empty")
        return value

    def _url(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not _URL.fullmatch(value):
            raise self.wrong(f"{key} has something else than an https URL")
        return value
