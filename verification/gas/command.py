"""`ape run gas`: measures the gas of the main transactions and compares it with the committed figures."""

from __future__ import annotations

import json
import sys

import click
from rich.console import Console

from peculium.devnet.console import make_console
from verification.gas.chart import CHART, draw
from verification.gas.committed import GAS, PARTS, SIZES, committed, write
from verification.gas.measurement import Figures, measure, measure_where
from verification.gas.page import write_tables
from verification.gas.tables import show_gas, show_sizes
from verification.gas.where import PAY, show_parts

CONSOLE_WIDTH = 132


@click.command()
@click.option("--update", "updating", is_flag=True, help="Write the figures into this repository and docs/gas.md.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--since", metavar="REVISION", help="Compare with the figures committed at this git revision.")
@click.option(
    "--where",
    metavar="[ROW]",
    is_flag=False,
    flag_value=PAY,
    help="Print where the gas of one row goes: by default, of a payment. ROW is its name, or some words of it.",
)
def cli(updating: bool, as_json: bool, since: str | None, where: str | None) -> None:
    """Measure the gas of the main transactions.

    Exits with 1 if a figure differs from the committed one. With --update, the measured figures become the committed ones.
    """
    console = make_console(CONSOLE_WIDTH, stderr=as_json)
    if where is not None and (updating or since):
        raise click.UsageError("--where measures one row. Use it without --update and --since.")
    try:
        if where is not None:
            _print_where(console, where, as_json)
            return
        before = {name: committed(name, since) for name in (GAS, PARTS, SIZES)}
    except LookupError as error:
        raise click.ClickException(str(error)) from None
    figures = measure(console)
    _print(console, figures, before, as_json)
    if updating:
        _update(figures)
        console.print("Updated the figures in verification/gas, docs/gas.md and docs/gas.svg.")
    elif figures.by_file() != {name: committed(name) for name in (GAS, PARTS, SIZES)}:
        console.print(
            "[red]Gas or size differs from the committed figures.[/] If intended, run `ape run gas --update` and commit."
        )
        sys.exit(1)


def _print_where(console: Console, wanted: str, as_json: bool) -> None:
    name, parts = measure_where(console, wanted)
    if as_json:
        print(json.dumps({"row": name, "gas": sum(parts.values()), "parts": parts}, indent=2))
    else:
        show_parts(console, name, parts)


def _print(console: Console, figures: Figures, before: dict[str, dict[str, int]], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"gas": figures.gas, "parts": figures.parts, "sizes": figures.sizes}, indent=2))
        return
    show_gas(console, figures.gas, before[GAS])
    show_parts(console, PAY, figures.parts)
    show_sizes(console, figures.sizes, before[SIZES])


def _update(figures: Figures) -> None:
    """Writes the figures into the repository."""
    for name, content in figures.by_file().items():
        write(name, content)
    CHART.write_text(draw(figures.gas))
    write_tables(figures)
