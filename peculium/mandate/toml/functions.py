"""Function signatures with the names of their arguments, as Solidity writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"[(),]|(?:\[\d*\])+|\w+")
_PLACES = ("memory", "calldata", "storage", "payable")
_STATIC = re.compile(r"u?int\d*|address|bool|bytes\d+|function|u?fixed\d+x\d+")
_SHORT = {"uint": "uint256", "int": "int256"}


@dataclass(frozen=True)
class Word:
    """A word of 32 bytes in a call's data, before the tail."""

    name: str
    """The argument's name, or "" if the signature doesn't say it."""
    type: str


@dataclass(frozen=True)
class Function:
    """A function, and the words of its arguments."""

    signature: str
    """With types only, such as "deposit(uint256,address)", or a selector."""
    words: tuple[Word, ...] | None
    """None for a selector."""


@dataclass(frozen=True)
class _Parameter:
    type: str
    words: tuple[Word, ...]
    dynamic: bool


def function_of(text: str) -> Function | None:
    """Reads a signature, with or without names of arguments, or a selector. Returns None if it is neither."""
    if re.fullmatch(r"0x[0-9a-fA-F]{8}", text):
        return Function(text, None)
    name, bracket, _ = text.partition("(")
    if not bracket or not re.fullmatch(r"\w+", name) or not _is_clean(text):
        return None
    parser = _Parser(_TOKEN.findall(text[len(name) :]))
    try:
        parameters = parser.parameters()
    except (IndexError, ValueError):
        return None
    if parser.left:
        return None
    words = tuple(word for each in parameters for word in each.words)
    return Function(f"{name}({','.join(each.type for each in parameters)})", words)


def _is_clean(text: str) -> bool:
    # Nothing but what the parser reads, so that nothing is left out silently.
    return not re.sub(r"[\w(),\[\] ]", "", text)


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens

    def parameters(self) -> list[_Parameter]:
        self._expect("(")
        found: list[_Parameter] = []
        while self.left[0] != ")":
            if found:
                self._expect(",")
            found.append(self._parameter())
        self._expect(")")
        return found

    def _parameter(self) -> _Parameter:
        inner = self.parameters() if self.left[0] == "(" else None
        base = f"({','.join(each.type for each in inner)})" if inner is not None else self._word()
        base = _SHORT.get(base, base)
        arrays = self.left.pop(0) if self.left[0].startswith("[") else ""
        while self.left[0] in _PLACES:
            self.left.pop(0)
        name = self._word() if re.fullmatch(r"\w+", self.left[0]) else ""
        words = [word for each in inner for word in each.words] if inner is not None else [Word(name, base)]
        dynamic = any(each.dynamic for each in inner) if inner is not None else not _STATIC.fullmatch(base)
        for length in re.findall(r"\[(\d*)\]", arrays):
            dynamic |= not length
            words = [Word(f"{word.name}_{i}", word.type) for i in range(int(length or 0)) for word in words]
        if dynamic:
            words = [Word(name, base + arrays)]
        return _Parameter(base + arrays, tuple(words), dynamic)

    def _word(self) -> str:
        word = self.left.pop(0)
        if not re.fullmatch(r"\w+", word):
            raise ValueError(word)
        return word

    def _expect(self, mark: str) -> None:
        if self.left.pop(0) != mark:
            raise ValueError(mark)
