"""The command `ape run ledger`."""

from __future__ import annotations

import json
import sys
import time

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from peculium.devnet import Devnet, run_anvil
from peculium.devnet.console import make_console
from verification.ledger.definition import SELECTORS
from verification.ledger.run import Report, run
from verification.testing.ledger import KINDS, START

STEPS = 20_000


def show(report: Report) -> Table:
    """How often each kind of step was accepted and refused."""
    table = Table("step", title=f"{report.steps:,} steps, no difference")
    names = {selector.hex(): name for name, selector in SELECTORS.items()}
    columns = sorted({refusal for _, refusal in report.results})
    for refusal in columns:
        table.add_column(names.get(refusal, "overflow") if refusal else "accepted", justify="right")
    for kind, name in enumerate(KINDS):
        table.add_row(name, *(f"{report.results[kind, refusal]:,}" for refusal in columns))
    return table


@click.command()
@click.option("--steps", default=STEPS, show_default=True, help="How many steps to run, at least.")
@click.option("--seed", type=int, help="Repeats the run that had this seed; default: the time.")
def cli(steps: int, seed: int | None) -> None:
    """Run random steps on the ledger's contract and on its definition, and compare them.

    Exits with 1 if they differ, and prints the shortest trace found.
    """
    console = make_console(120)
    seed = int(time.time()) if seed is None else seed
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with run_anvil(START) as web3, Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("steps", total=steps)
        harness = Devnet(web3).deploy("SpendLedgerHarness")
        report = run(harness, seed, steps, lambda each: progress.update(task, completed=each.steps))
    console.print(f"seed {seed}")
    if report.failure is None:
        console.print(show(report))
        return
    console.print("[red]Contract and definition differ.[/] The shortest trace found:")
    for step in report.failure:
        console.print(json.dumps(step), soft_wrap=True)
    sys.exit(1)
