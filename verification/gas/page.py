"""The tables of `docs/gas.md`. Each stands between two markers; the text around them is written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from verification.gas.measurement import Figures
from verification.gas.sizes import LIMIT
from verification.gas.targets import MISSED, TARGETS

PAGE = Path(__file__).parents[2] / "docs" / "gas.md"


def targets_table(figures: Figures) -> str:
    """The rows that have a target, and why some exceed it."""
    rows = [f"| {name} | {figures.gas[name]:,} | {most:,} |" for name, most in TARGETS.items()]
    exceeding: dict[str, list[str]] = {}
    for name, reason in MISSED.items():
        exceeding.setdefault(reason, []).append(f"*{name}*")
    reasons = [f"- Above the target because {reason}: {'; '.join(names)}." for reason, names in exceeding.items()]
    return "\n".join([_markdown("| transaction | gas | target |", *rows), *([""] if reasons else []), *reasons])


def parts_table(figures: Figures) -> str:
    """The parts of a payment's gas."""
    total = sum(figures.parts.values())
    rows = [f"| {part} | {gas:,} | {gas / total:.1%} |" for part, gas in figures.parts.items()]
    return _markdown("| part | gas | share |", *rows, f"| **total** | **{total:,}** | |")


def sizes_table(figures: Figures) -> str:
    """The size of each contract."""
    rows = [f"| `{name}` | {size:,} | {LIMIT - size:,} |" for name, size in figures.sizes.items()]
    return _markdown("| contract | bytes | free |", *rows)


def gas_table(figures: Figures) -> str:
    """The gas of all rows."""
    return _markdown("| transaction | gas |", *(f"| {name} | {gas:,} |" for name, gas in figures.gas.items()))


TABLES: Mapping[str, Callable[[Figures], str]] = {
    "targets": targets_table,
    "parts": parts_table,
    "sizes": sizes_table,
    "gas": gas_table,
}
"""Each table by the name of its markers."""


def read_tables() -> dict[str, str]:
    """The tables that the page shows."""
    text = PAGE.read_text()
    return {name: _split(text, name)[1] for name in TABLES}


def write_tables(figures: Figures) -> None:
    """Replaces the tables of the page."""
    text = PAGE.read_text()
    for name, table in TABLES.items():
        before, _, after = _split(text, name)
        text = before + table(figures) + after
    PAGE.write_text(text)


def _split(text: str, name: str) -> tuple[str, str, str]:
    """The page before, in and after a table."""
    start, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    head, found, rest = text.partition(start)
    table, closed, tail = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{PAGE.name} needs the markers {start.strip()} and {end.strip()} around a table.")
    return head + start, table, end + tail


def _markdown(head: str, *rows: str) -> str:
    """A table. Its first column is text, the others are numbers."""
    numbers = head.count("|") - 2
    return "\n".join([head, "| --- |" + " ---: |" * numbers, *rows])
