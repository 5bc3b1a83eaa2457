"""`ape run gas`: measures the gas of the main transactions and compares it with the committed figures."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

import click
from rich.console import Console
from rich.table import Table

from peculium.devnet.console import make_console
from verification.gas.chart import CHART, draw
from verification.gas.measurement import measure
from verification.gas.page import write_table
from verification.gas.targets import COMMITTED, TARGETS, committed_figures

CONSOLE_WIDTH = 120


def show(console: Console, figures: Mapping[str, int], committed: Mapping[str, int]) -> None:
    """Prints each figure with its target and its change since the commit."""
    output = Table("transaction", title="Gas used")
    for heading in ("gas", "target", "change"):
        output.add_column(heading, justify="right")
    for name, gas in figures.items():
        target = TARGETS.get(name)
        color = "default" if target is None else "green" if gas <= target else "red"
        change = _change(gas, committed.get(name))
        output.add_row(name, f"[{color}]{gas:,}[/]", f"{target:,}" if target else "", change)
    console.print(output)


def _change(gas: int, committed: int | None) -> str:
    if committed is None:
        return "new"
    return "" if gas == committed else f"{gas - committed:+,}"


def update(figures: Mapping[str, int]) -> None:
    """Writes the figures into the repository: `gas.json`, the chart and the page."""
    COMMITTED.write_text(json.dumps(figures, indent=2) + "\n")
    CHART.write_text(draw(figures))
    write_table(figures)


@click.command()
@click.option(
    "--update", "updating", is_flag=True, help="Write the figures into gas.json, docs/gas.md and docs/gas.svg."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def cli(updating: bool, as_json: bool) -> None:
    """Measure the gas of the main transactions.

    Exits with 1 if a figure differs from the committed one. With --update, the measured figures become the committed ones.
    """
    console = make_console(CONSOLE_WIDTH, stderr=as_json)
    figures, committed = measure(console), committed_figures()
    if as_json:
        print(json.dumps(figures, indent=2))
    else:
        show(console, figures, committed)
    if updating:
        update(figures)
        console.print("Updated gas.json, docs/gas.md and docs/gas.svg.")
    elif figures != committed:
        console.print(
            "[red]Gas differs from the committed figures.[/] If intended, run `ape run gas --update` and commit."
        )
        sys.exit(1)
