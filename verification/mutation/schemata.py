"""Many mutants in one compilation: each is there all the time, and does nothing unless it is chosen at run time.

    a < b      becomes   (Mutant.on(7) ? (a <= b) : (a < b))
    charge();  becomes   { if (Mutant.on(8)) {  } else { charge(); } }

Which one is on is told by the block's fee recipient, which no contract of ours reads and any test node can set. So one build serves
hundreds of mutants, and nothing is compiled or deployed in another way than otherwise.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from verification.mutation.mutants import EXPRESSION, INSERTION, Mutant

SWITCH_PATH = "contracts/Mutant.sol"
# Through a pointer of another type, because a `pure` function may not read the block, and pure functions have mutants too.
SWITCH = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

library Mutant {
    uint256 private constant FIRST = 1_000_000_000;

    function on(uint256 number) internal pure returns (bool) {
        return _pure(_on)(number);
    }

    function _on(uint256 number) private view returns (bool) {
        return uint160(address(block.coinbase)) == FIRST + number;
    }

    function _pure(function(uint256) view returns (bool) read)
        private
        pure
        returns (function(uint256) pure returns (bool) told)
    {
        assembly ("memory-safe") {
            told := read
        }
    }
}
"""
PRAGMA = re.compile(rb"pragma solidity [^;]+;")
CHOICE = re.compile(r"Mutant\.on\((\d+)\)")


@dataclass
class Span:
    """A piece of the source with what may stand there instead."""

    start: int
    end: int
    form: str
    choices: list[tuple[int, str]] = field(default_factory=list)
    inner: list[Span] = field(default_factory=list)


def weave(source: bytes, mutants: dict[int, Mutant]) -> str:
    """The source with all the mutants in it, by their numbers (from 1 on)."""
    places: dict[tuple[int, int, str], list[tuple[int, str]]] = defaultdict(list)
    for number, mutant in mutants.items():
        for edit in mutant.edits:
            places[edit.start, edit.start + edit.length, edit.form].append((number, edit.text))
    top = Span(0, len(source), "file")
    for (start, end, form), choices in sorted(places.items(), key=lambda each: (each[0][0], -each[0][1])):
        _hang(top, Span(start, end, form, choices))
    woven = _render(source, top)
    pragma = PRAGMA.search(source)
    assert pragma, "a contract without a pragma"
    at = pragma.end()
    return woven[:at] + f'\nimport {{Mutant}} from "{SWITCH_PATH}";' + woven[at:]


def _hang(under: Span, span: Span) -> None:
    last = under.inner[-1] if under.inner else None
    # What is inserted at the beginning of a span stays before it.
    if last and last.end > last.start and last.start <= span.start and span.end <= last.end:
        _hang(last, span)
    else:
        under.inner.append(span)


def _render(source: bytes, span: Span) -> str:
    text, at = "", span.start
    for inner in span.inner:
        text += source[at : inner.start].decode() + _render(source, inner)
        at = inner.end
    text += source[at : span.end].decode()
    if span.form == "file":
        return text
    if span.form == INSERTION:
        return "".join(f" if (Mutant.on({number})) {{ {choice} }} " for number, choice in span.choices)
    if span.form == EXPRESSION:
        return "(" + "".join(f"Mutant.on({number}) ? ({choice}) : " for number, choice in span.choices) + f"({text}))"
    return (
        "{ "
        + "".join(f"if (Mutant.on({number})) {{ {each} }} else " for number, each in span.choices)
        + f"{{ {text} }} }}"
    )


def refused(woven: str, start: int, end: int) -> set[int]:
    """The mutants that an error of the compiler between two places (bytes) speaks of: it is in their text, or just after it."""
    raw = woven.encode()
    # An error in a choice is behind its number; an error of types spans the whole expression.
    before = CHOICE.findall(raw[:start].decode()[-4000:])
    within = CHOICE.findall(raw[start:end].decode())
    return {int(number) for number in (within or before[-1:])}


def coinbase(number: int) -> str:
    """The fee recipient that turns a mutant on; 0 is none."""
    return f"0x{1_000_000_000 + number if number else 0:040x}"
