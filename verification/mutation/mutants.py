"""A mutant: one small wrong change to a contract, as edits of its source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

EXPRESSION, STATEMENT, INSERTION, PLAIN = "expression", "statement", "insertion", "plain"
"""Forms of an edit. A `PLAIN` edit changes a declaration, so no run-time condition can select it."""

OPERATORS = (
    "relation",
    "arithmetic",
    "logic",
    "bound",
    "condition",
    "removed check",
    "removed call",
    "removed assignment",
    "removed event",
    "removed modifier",
    "swapped arguments",
    "swapped statements",
    "early return",
    "delegatecall",
)


@dataclass(frozen=True)
class Edit:
    """Replaces `length` bytes at byte `start` by `text`. The length of an insertion is zero."""

    start: int
    length: int
    text: str
    form: str
    type: str = ""
    """If given, the replacement is converted to this type."""

    @property
    def end(self) -> int:
        """The first byte after the replaced text."""
        return self.start + self.length

    @property
    def code(self) -> str:
        """The replacement as Solidity."""
        return f"{self.type}({self.text})" if self.type else self.text


@dataclass(frozen=True)
class Mutant:
    """One wrong change."""

    path: str
    operator: str
    function: str
    """`Contract.function`, or `Contract` outside of functions."""
    line: int
    edits: tuple[Edit, ...]
    before: str
    """The changed expression or statement."""
    after: str
    old_code: str
    """The changed lines, with single spaces."""
    new_code: str

    @property
    def needs_own_build(self) -> bool:
        """Whether it can't be selected at run time: it changes a declaration, or a constructor, which has already run."""
        return self.function.endswith(".constructor") or any(edit.form == PLAIN for edit in self.edits)

    def applied(self, source: bytes) -> bytes:
        """The source with this change only."""
        for edit in sorted(self.edits, key=lambda edit: edit.start, reverse=True):
            code = edit.code
            if edit.form == INSERTION:
                code = f" {code} "
            elif edit.form == STATEMENT:
                # Braces keep an empty replacement a statement: an `if` without braces would otherwise take the next one.
                code = f"{{ {code} }}"
            source = source[: edit.start] + code.encode() + source[edit.end :]
        return source


def changed_lines(source: bytes, edits: tuple[Edit, ...]) -> tuple[str, str]:
    """The lines that the edits touch, before and after, with single spaces."""
    start = source.rfind(b"\n", 0, min(edit.start for edit in edits)) + 1
    end = source.find(b"\n", max(edit.end for edit in edits))
    old = new = source[start : end if end >= 0 else len(source)]
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = f" {edit.text}" if edit.form == INSERTION else edit.text
        new = new[: edit.start - start] + text.encode() + new[edit.end - start :]
    return " ".join(old.decode().split()), " ".join(new.decode().split())


def key_of(path: str, function: str, old_code: str, new_code: str, occurrence: int = 1) -> str:
    """What identifies a mutant between runs. It is text, so moved lines don't change it and a rename can be searched for."""
    suffix = f" #{occurrence}" if occurrence > 1 else ""
    return f"{path}:{function}: {old_code} -> {new_code}{suffix}"


def by_key(mutants: Iterable[Mutant]) -> dict[str, Mutant]:
    """Mutants by their keys. Equal changes in one function are numbered in the order of the source."""
    found: dict[str, Mutant] = {}
    for each in mutants:
        occurrence = 1
        while (key := key_of(each.path, each.function, each.old_code, each.new_code, occurrence)) in found:
            occurrence += 1
        found[key] = each
    return found
