"""`python -m verification.sending`, with `faults`, `trips` or `tasks`."""

from __future__ import annotations

import sys

import click
from rich.console import Console

from verification.sending import tasks as asynchronous
from verification.sending.campaign import run_campaign
from verification.sending.trips import measure


@click.group()
def main() -> None:
    """Check how the package sends."""


@main.command()
@click.option("--count", default=100, show_default=True, help="Payments.")
@click.option("--seed", default=1, show_default=True, help="Of the random choice of faults.")
def faults(count: int, seed: int) -> None:
    """Pay through random faults of the node, and compare the reported outcomes with the chain."""
    console, report = Console(), run_campaign(count, seed)
    for outcome, number in report.outcomes.most_common():
        console.print(f"{outcome:28}{number:6}")
    for title, found in (("paid twice", report.twice), ("misreported", report.wrong), ("foreign", report.foreign)):
        console.print(f"{title:28}{len(found):6}")
        for each in found:
            console.print(f"  {each}", markup=False)
    sys.exit(not report.passed)


@main.command()
@click.option("--latency", default=80, show_default=True, help="Milliseconds that each request takes.")
def trips(latency: int) -> None:
    """Count the round trips of each action, and the time that they take."""
    console = Console()
    console.print(f"{'':28}{'trips':>6}{'looks':>6}{'ms':>7}   ({latency} ms a request)")
    for each in measure(latency / 1000):
        console.print(f"{each.name:28}{each.trips:6}{each.looks:6}{each.seconds * 1000:7.0f}")


@main.command()
@click.option("--payments", default=50, show_default=True, help="Payments at once with one key.")
def tasks(payments: int) -> None:
    """Measure what the asynchronous agent costs beside the blocking one."""
    console = Console()
    for each in asynchronous.measure(payments):
        console.print(f"{each.name:48}{each.value:9.1f} {each.unit}")


if __name__ == "__main__":
    main()
