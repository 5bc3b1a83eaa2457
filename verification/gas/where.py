"""Where the gas of a transaction goes: the table of its parts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from web3 import Web3

from peculium import Receipt
from verification.gas.parts import attribute
from verification.gas.setup import Rows
from verification.gas.slots import Slots
from verification.gas.trace import trace

PAY = "pay, second in its window"
"""The row that the documentation shows."""
BAR = 30
"""Length of the longest bar (characters)."""


def find_row(rows: Rows, wanted: str) -> str | None:
    """The row of this name, or the first that is one transaction and whose name has all the wanted words."""
    if wanted in rows:
        return wanted
    words = set(_words(wanted))
    single = (name for name, row in rows.items() if not isinstance(row, int))
    return next((name for name in single if words <= set(_words(name))), None)


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", name)


def parts_of(web3: Web3, row: int | Receipt) -> dict[str, int]:
    """The gas of each part of a row's transaction, the largest first. Raises `LookupError` if it has several."""
    if isinstance(row, int):
        raise LookupError("This row is computed from several transactions. Choose one that is a single transaction.")
    gas = attribute(web3, trace(web3, row.transaction), Slots.of("AgentWallet"))
    return dict(sorted(gas.items(), key=lambda part: -part[1]))


def show_parts(console: Console, name: str, parts: Mapping[str, int]) -> None:
    """Prints the parts with their shares."""
    total = sum(parts.values())
    output = Table("part", title=f"Where the gas goes: {name}")
    output.add_column("gas", justify="right")
    output.add_column("share", justify="right")
    output.add_column("")
    for part, gas in parts.items():
        bar = "█" * round(BAR * max(gas, 0) / max(parts.values()))
        output.add_row(part, f"{gas:,}", f"{gas / total:.1%}", bar)
    output.add_section()
    output.add_row("total", f"{total:,}", "100.0%", "")
    console.print(output)
