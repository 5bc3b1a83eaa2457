"""The command `ape run fuzz`."""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import dataclass
from typing import Any

import click
from hypothesis.database import ExampleDatabase
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from verification.scenarios.campaign import STEPS, Report, run_parallel, shrink_failure
from verification.scenarios.chain.driver import Driver
from verification.scenarios.chain.package import Package
from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.database import DatabaseUnusable, open_database, save, stored
from verification.scenarios.reach import LEAST_ACCEPTED, REQUIRED_OUTCOMES, missing
from verification.scenarios.replay import rerun, write_script
from verification.scenarios.setup import deploy_fixtures

DATABASE = ".build/scenarios/failing"
DRIVERS: dict[str, type[Driver]] = {"simulated": Simulator, "mined": Transactions, "package": Package}


@dataclass(frozen=True)
class Options:
    """The options of a campaign."""

    campaign: int
    minutes: float
    actions: int | None
    workers: int
    length: int
    driver: type[Driver]

    def progress(self, report: Report) -> float:
        """How much of the campaign is done, from 0 to 1."""
        if self.actions is not None:
            return report.actions / self.actions
        return report.seconds / (60 * self.minutes)


def run_with_progress(console: Console, options: Options) -> Report:
    """Runs the campaign and shows a progress bar."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting a chain for each worker", total=1.0)

        def note(report: Report) -> None:
            text = f"{report.scenarios:,} scenarios, {report.actions:,} actions, {report.speed:,.0f} per second"
            progress.update(task, completed=min(options.progress(report), 1.0), description=text)

        def enough(report: Report) -> bool:
            return options.progress(report) >= 1

        return run_parallel(options.campaign, options.workers, options.length, enough, note, options.driver)


def rerun_stored(console: Console, database: ExampleDatabase) -> Report | None:
    """Runs the scenarios that failed before; returns a report if one still fails."""
    if not any(True for _ in stored(database)):
        return None
    with deploy_fixtures() as fixtures, console.status("running the scenarios that failed before"):
        fixed, failure = rerun(fixtures, database)
    if fixed:
        console.print(f"{fixed} scenarios that failed before pass now; they are deleted from the database.")
    return Report(failure=failure) if failure else None


def show_outcomes(console: Console, report: Report) -> None:
    """A table of all actions and their outcomes; required ones that were not reached in red."""
    table = Table("action", "done", "other outcomes", title="Outcomes reached")
    for name, required in REQUIRED_OUTCOMES.items():
        found = {outcome: times for (action, outcome), times in report.reached.items() if action == name}
        done = found.pop("done", 0)
        found |= {outcome: 0 for outcome in required.split() if outcome not in found}
        parts = [f"{each} {times:,}" if times else f"[red]{each} 0[/]" for each, times in sorted(found.items())]
        table.add_row(name, f"{done:,}" if done else "[red]0[/]", ", ".join(parts))
    console.print(table)


def show_failure(console: Console, report: Report, database: ExampleDatabase) -> None:
    """Shrinks the failing scenario, stores it and says how to reproduce it."""
    assert report.failure is not None
    with deploy_fixtures() as fixtures, console.status("shrinking the failing scenario") as status:
        failure = shrink_failure(
            fixtures, report.failure, lambda left: status.update(f"shrinking the failing scenario: {left} steps")
        )
    path = write_script(failure)
    save(database, failure.steps)
    command = shlex.join((".venv/bin/python", os.path.relpath(path)))
    count = f"{len(failure.steps)} step{'s' if len(failure.steps) != 1 else ''}"
    console.print(f"[red]Model and chain diverge after {count}.[/] Reproduce: `{command}`", soft_wrap=True)
    console.print(str(failure.difference), markup=False, highlight=False, soft_wrap=True)


def problems(report: Report) -> list[str]:
    """Why the campaign fails."""
    if report.failure is not None:
        return [f"Model and chain diverge at {report.failure.difference}"]
    found = []
    if report.accepted < LEAST_ACCEPTED:
        found.append(f"Only {report.accepted:.0%} of the actions were accepted; the minimum is {LEAST_ACCEPTED:.0%}.")
    never = ", ".join(f"{name} {outcome}" for name, outcome in missing(report.reached))
    if never:
        found.append(f"Outcomes never reached: {never}. Run longer, or find out why they no longer happen.")
    return found


def figures(report: Report, options: Options) -> dict[str, Any]:
    """The result as JSON."""
    return {
        "seed": options.campaign,
        "cores": os.cpu_count(),
        "workers": options.workers,
        "scenarios": report.scenarios,
        "actions": report.actions,
        "views": report.views,
        "seconds": round(report.seconds, 1),
        "actions_per_second": round(report.speed),
        "accepted": round(report.accepted, 3),
        "reached": {f"{name} {outcome}": times for (name, outcome), times in sorted(report.reached.items())},
        "problems": problems(report),
    }


def show_totals(console: Console, report: Report) -> None:
    """One line with the totals."""
    console.print(
        f"{report.scenarios:,} scenarios: {report.actions:,} actions ({report.accepted:.0%} accepted) and "
        f"{report.views:,} views compared in {report.seconds:,.1f} s, {report.speed:,.0f} actions per second."
    )


def finish(console: Console, report: Report, options: Options, database: ExampleDatabase, as_json: bool) -> None:
    """Prints the result and exits."""
    if as_json:
        print(json.dumps(figures(report, options), indent=2))
    elif report.scenarios:
        show_outcomes(console, report)
        show_totals(console, report)
    if report.failure is not None:
        show_failure(console, report, database)
        sys.exit(1)
    for problem in problems(report):
        console.print(f"[red]{problem}[/]")
    if problems(report):
        sys.exit(1)
    console.print("No difference between model and chain.")


@click.command()
@click.option("--seed", default=1, show_default=True, help="Seed of the campaign.")
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True, help="How long to run."
)
@click.option("--actions", type=click.IntRange(min=1), help="Number of actions to run, instead of minutes.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default=True,
    help="Processes, each with its own chain.",
)
@click.option("--length", type=click.IntRange(min=1), default=STEPS, show_default=True, help="Steps per scenario.")
@click.option(
    "--database", default=DATABASE, show_default=True, help="Failing scenarios: a folder or redis://host:port."
)
@click.option(
    "--driver",
    type=click.Choice(list(DRIVERS)),
    default="simulated",
    show_default=True,
    help="simulated: one eth_simulateV1 request per scenario; mined: real transactions and a reorganization; "
    "package: transactions through the Python package.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def cli(
    seed: int,
    minutes: float,
    actions: int | None,
    workers: int,
    length: int,
    database: str,
    driver: str,
    as_json: bool,
) -> None:
    """Run random scenarios on the contracts and on a Python model, and report the first difference.

    Scenarios that failed before run first. Exit code 0: no difference; 1: a difference, or too few outcomes reached;
    2: invalid options.
    """
    console = Console(stderr=as_json)
    try:
        failing = open_database(database)
    except DatabaseUnusable as reason:
        raise click.UsageError(str(reason)) from None
    options = Options(seed, minutes, actions, workers, length, DRIVERS[driver])
    report = rerun_stored(console, failing) or run_with_progress(console, options)
    finish(console, report, options, failing, as_json)
