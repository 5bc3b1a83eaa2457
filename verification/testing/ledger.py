"""Constants of `SpendLedgerHarness`, and the tables of docs/accounting.md."""

from __future__ import annotations

from pathlib import Path

from verification.scenarios.model.ledger import LARGEST

START = 1_800_000_000
"""The time of the first step (unix seconds)."""
KINDS = "charge", "open", "hold", "settle", "release", "add retroactively"
"""The kinds of a step, by their numbers."""
CHARGE, OPEN, HOLD, SETTLE, RELEASE, ADD_RETROACTIVELY = range(len(KINDS))
ACCOUNTING = (Path(__file__).parents[2] / "docs" / "accounting.md").read_text()


def accounting_table(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading of docs/accounting.md, without its two header lines."""
    _, found, section = ACCOUNTING.partition(f"\n{heading}\n")
    assert found, f"docs/accounting.md has no heading {heading}"
    lines = [line for line in section.partition("\n#")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


__all__ = [
    "ACCOUNTING",
    "ADD_RETROACTIVELY",
    "CHARGE",
    "HOLD",
    "KINDS",
    "LARGEST",
    "OPEN",
    "RELEASE",
    "SETTLE",
    "START",
    "accounting_table",
]
