"""Compares the arithmetic of the limits with its definition, over millions of charges; one call to the chain carries thousands."""

import json
import sys
import time

import click
from rich.console import Console
from rich.progress import Progress

from scripts._ledger_mill import differences, own_mill


@click.command()
@click.option("--cases", default=2_000_000, show_default=True, help="How many charges, at the least.")
@click.option("--seed", default=1, show_default=True, help="The first seed; each call has the next.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def cli(cases: int, seed: int, as_json: bool) -> None:
    """Compare SpendLedger with its definition, charge by charge."""
    console = Console(stderr=as_json)
    done, wrong, reached, started = 0, [], {}, time.monotonic()
    with own_mill() as (web3, address), Progress(console=console) as bar:
        task = bar.add_task("Comparing charges", total=cases)
        while done < cases and not wrong:
            count, wrong, ends = differences(web3, address, seed)
            done, seed = done + count, seed + 1
            reached = {name: reached.get(name, 0) + number for name, number in ends.items()}
            bar.update(task, completed=done)
    seconds = time.monotonic() - started
    if as_json:
        print(json.dumps({"cases": done, "seconds": round(seconds, 1), "reached": reached, "differences": wrong}))
    else:
        for name, number in reached.items():
            console.print(f"  {number:>12,} {name}")
        console.print(f"{done:,} charges compared in {seconds:.1f} s ({done / seconds:,.0f} a second).")
        for each in wrong:
            console.print(f"[red]{each}[/]")
    sys.exit(1 if wrong or not all(reached.values()) else 0)
