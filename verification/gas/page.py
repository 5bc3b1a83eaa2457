"""The table of `docs/gas.md`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from verification.gas.targets import TARGETS

PAGE = Path(__file__).parents[2] / "docs" / "gas.md"
BLOCK = "gas"
"""The markers in the page between which the table stands."""


def table(figures: Mapping[str, int]) -> str:
    """All figures and their targets, as Markdown."""
    rows = [f"| {name} | {gas:,} | {_target(name)} |" for name, gas in figures.items()]
    return "\n".join(["| transaction | gas | target |", "| --- | ---: | ---: |", *rows])


def _target(name: str) -> str:
    return f"{TARGETS[name]:,}" if name in TARGETS else ""
