"""The table of `docs/gas.md`. It stands between two markers; the text around it is written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from verification.gas.targets import TARGETS

PAGE = Path(__file__).parents[2] / "docs" / "gas.md"
START, END = "<!-- gas -->\n", "\n<!-- /gas -->"


def format_table(figures: Mapping[str, int]) -> str:
    """All figures and their targets, as Markdown."""
    rows = [f"| {name} | {gas:,} | {_target(name)} |" for name, gas in figures.items()]
    return "\n".join(["| transaction | gas | target |", "| --- | ---: | ---: |", *rows])


def read_table() -> str:
    """The table that the page shows."""
    return _split()[1]


def write_table(figures: Mapping[str, int]) -> None:
    """Replaces the table of the page."""
    before, _, after = _split()
    PAGE.write_text(before + format_table(figures) + after)


def _split() -> tuple[str, str, str]:
    """The page before, in and after the table."""
    head, start, rest = PAGE.read_text().partition(START)
    table, end, tail = rest.partition(END)
    if not start or not end:
        raise ValueError(f"{PAGE.name} needs the markers {START.strip()} and {END.strip()} around its table.")
    return head + start, table, end + tail


def _target(name: str) -> str:
    return f"{TARGETS[name]:,}" if name in TARGETS else ""
