"""Mutant schemata: one build contains many mutants, and a run-time condition selects at most one of them.

    a < b      becomes   (Mutant.on(7) ? (a <= b) : (a < b))
    charge();  becomes   { if (Mutant.on(8)) {  } else { charge(); } }

The block's fee recipient selects the mutant. No contract of the project reads it, and every test node can set it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from verification.mutation.mutants import EXPRESSION, INSERTION, Mutant

LIBRARY_PATH = "contracts/Mutant.sol"
# The cast of the function pointer lets `pure` functions read the block: they have mutants too.
LIBRARY = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

library Mutant {
    uint256 private constant FIRST = 1_000_000_000;

    function on(uint256 number) internal pure returns (bool) {
        return _asPure(_on)(number);
    }

    function _on(uint256 number) private view returns (bool) {
        return uint160(address(block.coinbase)) == FIRST + number;
    }

    function _asPure(function(uint256) view returns (bool) read)
        private
        pure
        returns (function(uint256) pure returns (bool) result)
    {
        assembly ("memory-safe") {
            result := read
        }
    }
}
"""
PRAGMA = re.compile(rb"pragma solidity [^;]+;")
CONDITION = re.compile(r"Mutant\.on\((\d+)\)")


@dataclass
class Span:
    """A range of the source with its replacements, and the spans inside it."""

    start: int
    end: int
    form: str
    replacements: list[tuple[int, str]] = field(default_factory=list)
    inner: list[Span] = field(default_factory=list)


def combine(source: bytes, mutants: dict[int, Mutant]) -> str:
    """The source with all these mutants in it. Their numbers begin at 1."""
    ranges: dict[tuple[int, int, str], list[tuple[int, str]]] = defaultdict(list)
    for number, mutant in mutants.items():
        for edit in mutant.edits:
            ranges[edit.start, edit.end, edit.form].append((number, edit.code))
    top = Span(0, len(source), "file")
    for (start, end, form), replacements in sorted(ranges.items(), key=lambda each: (each[0][0], -each[0][1])):
        _insert(top, Span(start, end, form, replacements))
    combined = _render(source, top)
    pragma = PRAGMA.search(source)
    assert pragma, "a contract without a pragma"
    at = pragma.end()
    return combined[:at] + f'\nimport {{Mutant}} from "{LIBRARY_PATH}";' + combined[at:]


def _insert(parent: Span, span: Span) -> None:
    last = parent.inner[-1] if parent.inner else None
    # An insertion at the beginning of a span stays before it.
    if last and last.end > last.start and last.start <= span.start and span.end <= last.end:
        _insert(last, span)
    else:
        parent.inner.append(span)


def _render(source: bytes, span: Span) -> str:
    text, at = "", span.start
    for inner in span.inner:
        text += source[at : inner.start].decode() + _render(source, inner)
        at = inner.end
    text += source[at : span.end].decode()
    if span.form == "file":
        return text
    if span.form == INSERTION:
        return "".join(f" if (Mutant.on({number})) {{ {code} }} " for number, code in span.replacements)
    if span.form == EXPRESSION:
        return "(" + "".join(f"Mutant.on({number}) ? ({code}) : " for number, code in span.replacements) + f"({text}))"
    branches = "".join(f"if (Mutant.on({number})) {{ {code} }} else " for number, code in span.replacements)
    return f"{{ {branches}{{ {text} }} }}"


def rejected(combined: str, start: int, end: int) -> set[int]:
    """The numbers of the mutants that a compiler error between two bytes is about."""
    raw = combined.encode()
    # An error inside a replacement comes after its condition. A type error spans the whole conditional.
    before = CONDITION.findall(raw[:start].decode()[-4000:])
    within = CONDITION.findall(raw[start:end].decode())
    return {int(number) for number in (within or before[-1:])}


def fee_recipient(number: int) -> str:
    """The fee recipient that selects a mutant. Number 0 selects none."""
    return f"0x{1_000_000_000 + number if number else 0:040x}"
