"""`python -m verification.chains`: the life of an agent on chains that pose as the public ones."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.table import Table

from peculium.deployments import networks
from peculium.errors import PeculiumError
from verification.chains.life import Unexpected, live
from verification.chains.posed import SPEED, pose


@click.command()
@click.option("--speed", default=float(SPEED), show_default=True, help="How many times as fast as real blocks come.")
@click.option("--only", multiple=True, metavar="NETWORK", help="Only these networks.")
def main(speed: float, only: tuple[str, ...]) -> None:
    """Live the whole life of an agent on each posed chain, and print the seconds of each step."""
    console, table, failed = Console(), Table("network"), False
    for name, known in networks().items():
        if only and name not in only:
            continue
        with console.status(f"{name}…"):
            try:
                with pose(known, speed) as posed:
                    life = live(posed)
            except (PeculiumError, Unexpected) as error:
                failed = True
                console.print(f"{name}: {type(error).__name__}: {error}", style="red", markup=False)
                continue
        if len(table.columns) == 1:
            for step in life.seconds:
                table.add_column(step, justify="right")
        table.add_row(name, *(f"{seconds:.1f}" for seconds in life.seconds.values()))
    console.print(table)
    sys.exit(failed)


if __name__ == "__main__":
    main()
