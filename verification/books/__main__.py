"""`python -m verification.books reading` measures the ledger; `scenarios` checks that it balances on random scenarios."""

from __future__ import annotations

import json
import sys

import click
from rich.console import Console

from peculium.devnet import Devnet
from verification.books.reading import make_movements, measure, read_with_ledger, read_with_loop
from verification.books.scenarios import STEPS, read_scenarios


@click.group()
def cli() -> None:
    """The account book under load."""


@cli.command()
@click.option("--movements", default=100_000, show_default=True, help="Payments to make and to read.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reading(movements: int, as_json: bool) -> None:
    """Measure how fast the ledger reads, beside a plain loop of web3.py."""
    console = Console(stderr=True)
    with console.status("Starting a chain…") as status:
        devnet = Devnet.start()
        chain = make_movements(devnet, movements, lambda made: status.update(f"{made:,} of {movements:,} payments"))
        status.update("Reading…")
        results = [measure(way, chain) for way in (read_with_loop, read_with_ledger)]
    if as_json:
        print(json.dumps([{**vars(each), "speed": each.speed} for each in results]))
        return
    for each in results:
        print(f"{each.name:45} {each.rows:9,} rows {each.speed:8,.0f} rows/s {each.memory:6,.0f} MiB")


@cli.command()
@click.option("--scenarios", default=200, show_default=True, help="How many.")
@click.option("--steps", default=STEPS, show_default=True, help="Length of each.")
@click.option("--campaign", default=1, show_default=True, help="Which: each has seeds of its own.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def scenarios(scenarios: int, steps: int, campaign: int, as_json: bool) -> None:
    """Check that the ledger balances on random scenarios of the fuzzer, each with a reorganization."""
    found = read_scenarios(campaign, scenarios, steps)
    if as_json:
        print(json.dumps(found.as_dict()))
    else:
        print(f"{found.scenarios} scenarios, {found.movements:,} movements, {found.undone:,} blocks undone")
        print(f"{found.balances:,} balances, {found.unexplained} of them with transfers that are named as unexplained")
        print(f"{found.adversarial} balances of tokens that lie differ, {len(found.wrong)} of honest tokens")
        for each in found.wrong:
            print(f"wrong: {each}")
    sys.exit(1 if found.wrong or not found.scenarios else 0)


if __name__ == "__main__":
    cli()
