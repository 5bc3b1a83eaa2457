"""Constants of `SpendLedgerHarness`, and the tables of docs/accounting.md."""

from __future__ import annotations

from pathlib import Path

START = 1_800_000_000
"""The time of the first step (unix seconds)."""
LARGEST = 2**96 - 1
"""The largest amount that a counter holds (currency units)."""
CHARGE, OPEN, HOLD, SETTLE, RELEASE, ADD_RETROACTIVELY = range(6)
"""The kinds of a step."""
ACCOUNTING = (Path(__file__).parents[2] / "docs" / "accounting.md").read_text()


def accounting_table(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading of docs/accounting.md, without its two header lines."""
    _, found, section = ACCOUNTING.partition(f"\n{heading}\n")
    assert found, f"docs/accounting.md has no heading {heading}"
    lines = [line for line in section.partition("\n#")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
