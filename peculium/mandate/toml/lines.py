"""On which line of a TOML document each value stands. The standard library's parser doesn't say."""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]
"""Where a value is: keys, and places in arrays."""

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"[A-Za-z0-9_-]+|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
_TEXT = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
_OTHER = re.compile(r"[^,\]}#\n]+")


def lines_of(text: str) -> dict[Path, int]:
    """Returns the line of each value and each table, counted from 1. The text must be valid TOML."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        header: Path = ()
        while self._skip_space():
            if self._take("[["):
                header = self._element(self._keys())
                self._take("]]")
            elif self._take("["):
                header = self._resolved(self._keys())
                self._note(header)
                self._take("]")
            else:
                self._pair(header)
        return self.lines

    def _pair(self, table: Path) -> None:
        path = table + self._keys()
        self._note(path)
        self._skip_space()
        self._take("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip_space()
        if self._take("["):
            place = 0
            while self._skip_space() and not self._take("]"):
                self._note((*path, place))
                self._value((*path, place))
                place += 1
                self._skip_space()
                self._take(",")
        elif self._take("{"):
            while self._skip_space() and not self._take("}"):
                self._pair(path)
                self._skip_space()
                self._take(",")
        else:
            pattern = _TEXT if self.text[self.at] in "\"'" else _OTHER
            self.at = self._matched(pattern).end()

    def _keys(self) -> tuple[str, ...]:
        keys: list[str] = []
        while True:
            self._skip_space()
            match = self._matched(_KEY)
            self.at = match.end()
            keys.append(_plain(match[0]))
            self._skip_space()
            if not self._take("."):
                return tuple(keys)

    def _element(self, keys: tuple[str, ...]) -> Path:
        # `[[name]]` begins the next element of an array of tables.
        path = (*self._resolved(keys[:-1]), keys[-1])
        place = self._counts.get(path, 0)
        self._counts[path] = place + 1
        self._note(path)
        self._note((*path, place))
        return (*path, place)

    def _resolved(self, keys: tuple[str, ...]) -> Path:
        # `[name.part]` after `[[name]]` is a part of its last element.
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _note(self, path: Path) -> None:
        line = self.text.count("\n", 0, self.at) + 1
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _skip_space(self) -> bool:
        # Whether anything follows.
        self.at = self._matched(_SPACE).end()
        return self.at < len(self.text)

    def _take(self, mark: str) -> bool:
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) if found else 0
        return found

    def _matched(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"the text isn't valid TOML at offset {self.at}")
        return match


def _plain(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1]
    if key.startswith('"'):
        return next(iter(tomllib.loads(f"{key} = 0")))
    return key
