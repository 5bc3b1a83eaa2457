"""`ape run trades`: what a rogue agent's best play at each venue costs its principal."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from decimal import Decimal

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from peculium.devnet.console import make_console
from verification.trades.play import PART, Play, measure, measure_with_floor
from verification.trades.plays import run_venues

CONSOLE_WIDTH = 120
TITLE = "Loss per 100 of budget, at the market price"
CAPTION = (
    "The losses include the cost of an honest trade. Refused: the wallet receives nothing, which misses any floor."
)


@dataclass(frozen=True)
class Row:
    """One play with its losses (dollars per 100 of budget, at the market price)."""

    venue: str
    play: str
    leaves_open: str
    loss: Decimal
    loss_with_floor: Decimal | None
    """None: the play can't meet the floor, so the wallet refuses it."""


def row_of(play: Play) -> Row:
    """Measures a play, without a floor and with one."""
    floored = measure_with_floor(play)
    return Row(play.venue, play.name, play.leaves_open, measure(play).loss, floored.loss if floored else None)


def measure_all(console: Console) -> list[Row]:
    """Measures every play, with a progress bar."""
    with run_venues() as plays:
        return [row_of(play) for play in track(plays, "Trading", console=console, transient=True)]


def show(console: Console, rows: list[Row]) -> None:
    """Prints the losses."""
    table = Table("venue", "play", "left open by the mandate", title=TITLE, caption=CAPTION)
    table.add_column("no floor", justify="right")
    table.add_column(f"floor of {PART}", justify="right")
    for row in rows:
        floored = "refused" if row.loss_with_floor is None else f"{row.loss_with_floor:.2f}"
        table.add_row(row.venue, row.play, row.leaves_open, f"{row.loss:.2f}", floored)
    console.print(table)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document for programs.")
def cli(as_json: bool) -> None:
    """Measure what a rogue agent can take in trades, on the published bytecode of Uniswap and on an ERC-4626 vault."""
    try:
        rows = measure_all(Console(stderr=True, quiet=as_json))
    except KeyboardInterrupt:
        sys.exit(130)
    if as_json:
        print(json.dumps({"plays": [asdict(row) for row in rows]}, indent=2, default=str))
    else:
        show(make_console(CONSOLE_WIDTH, highlight=False), rows)
