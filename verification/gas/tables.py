"""The tables that the command prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table

from verification.gas.sizes import LIMIT, RESERVE
from verification.gas.targets import TARGETS


def show_gas(console: Console, gas: Mapping[str, int], before: Mapping[str, int]) -> None:
    """Prints the gas of all transactions, then of those with a target."""
    _show(console, "Gas used", gas, gas, before)
    _show(console, "Gas and targets", [name for name in TARGETS if name in gas], gas, before)


def _show(console: Console, title: str, rows: Iterable[str], gas: Mapping[str, int], before: Mapping[str, int]) -> None:
    output = _table("transaction", title, "gas", "target", "before", "change")
    for name in rows:
        target = TARGETS.get(name)
        color = "default" if target is None else "green" if gas[name] <= target else "red"
        output.add_row(
            name, f"[{color}]{gas[name]:,}[/]", f"{target:,}" if target else "", *_change(gas[name], before.get(name))
        )
    console.print(output)


def show_sizes(console: Console, sizes: Mapping[str, int], before: Mapping[str, int]) -> None:
    """Prints the size of each contract."""
    output = _table("contract", "Bytes of code", "bytes", f"free of {LIMIT:,}", "before", "change")
    for name, size in sizes.items():
        color = "green" if LIMIT - size >= RESERVE else "red"
        output.add_row(name, f"[{color}]{size:,}[/]", f"{LIMIT - size:,}", *_change(size, before.get(name)))
    console.print(output)


def _table(first: str, title: str, *columns: str) -> Table:
    table = Table(first, title=title)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _change(figure: int, before: int | None) -> tuple[str, str]:
    if before is None:
        return "", "new"
    return f"{before:,}", "" if figure == before else f"{figure - before:+,}"
