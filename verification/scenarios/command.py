"""Tells random stories to the contracts and to a model of them in plain Python, and looks for a difference.

`ape run fuzz` tells them for a minute, in as many processes as there are cores, each with a chain of its own. A story that fails
is shortened, and kept as a Python script that tells it again, and in a database, whose stories are told first. Exit code 1: a difference, or a campaign that shows too little.
"""

import json
import os
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
from hypothesis.database import ExampleDatabase
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from verification.markers import put_between
from verification.scenarios.campaign import STEPS, Report, run_parallel, shrunk
from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.database import Unusable, database_at, retell, stories_in
from verification.scenarios.database import keep as keep_for_others
from verification.scenarios.reach import DECLARED, LEAST_ACCEPTED, missing
from verification.scenarios.replay import keep, script_of
from verification.scenarios.setup import own_cast
from verification.speed.benchmark import Speeds, measure_speeds

FOUND = ".build/stories/found"
DOCUMENT = Path(__file__).parents[2] / "docs" / "verification.md"


@dataclass
class Wish:
    """How much is asked for."""

    seed: int
    minutes: float
    steps: int | None
    workers: int
    length: int
    mined: bool = False

    def done(self, report: Report) -> float:
        """Which part of it is done: 1 is all."""
        if self.steps is not None:
            return report.actions / self.steps
        return report.seconds / (60 * self.minutes)


def campaign(console: Console, wish: Wish) -> Report:
    """The stories, with a bar that says how far they are."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("making the chains", total=1.0)

        def note(report: Report) -> None:
            said = f"{report.stories:,} stories, {report.actions:,} actions, {report.speed:,.0f} a second"
            progress.update(task, completed=min(wish.done(report), 1.0), description=said)

        chain = Transactions if wish.mined else Simulator
        return run_parallel(wish.seed, wish.workers, wish.length, lambda report: wish.done(report) >= 1, note, chain)


def show_reach(console: Console, report: Report) -> None:
    """Every action with how it ended, what was declared and never reached in red."""
    table = Table("action", "done", "refused, how often", title="What the stories have reached")
    for name, ends in DECLARED.items():
        found = {how: times for (action, how), times in report.reached.items() if action == name}
        done = found.pop("done", 0)
        found |= {how: 0 for how in ends.split() if how not in found}
        parts = [f"{how} {times:,}" if times else f"[red]{how} 0[/]" for how, times in sorted(found.items())]
        table.add_row(name, f"{done:,}" if done else "[red]0[/]", ", ".join(parts))
    console.print(table)


def told_before(console: Console, database: ExampleDatabase) -> Report | None:
    """What failed before, here or elsewhere, is told again first; a report if it still fails."""
    if not any(True for _ in stories_in(database)):
        return None
    with own_cast() as cast, console.status("telling again what has failed before"):
        mended, failure = retell(cast, database)
    if mended:
        console.print(f"{mended} stories that had failed before don't any more.")
    return Report(failure=failure) if failure else None


def show_failure(console: Console, report: Report, database: ExampleDatabase) -> None:
    """The story that failed, as short as it gets, in a file and on the screen."""
    assert report.failure is not None
    with own_cast() as cast, console.status("making the story shorter") as status:
        failure = shrunk(cast, report.failure, lambda left: status.update(f"making the story shorter: {left} steps"))
    path = keep(failure)
    keep_for_others(database, failure.steps)
    console.print(f"[red]Model and chain part[/], in {len(failure.steps)} steps: {failure.difference}", markup=True)
    console.print(script_of(failure), markup=False, highlight=False, soft_wrap=True)
    console.print(f"The same is in {path.relative_to(Path.cwd())}; it tells the story again.")


def problems(report: Report) -> list[str]:
    """Why the campaign isn't enough."""
    found = [] if report.failure is None else [str(report.failure.difference)]
    if report.failure is None and report.accepted < LEAST_ACCEPTED:
        found.append(f"only {report.accepted:.0%} of the actions were accepted, {LEAST_ACCEPTED:.0%} is the least")
    never = ", ".join(f"{name} {how}" for name, how in missing(report.reached))
    if report.failure is None and never:
        found.append(f"never reached: {never}. Let it run for longer, or see why it doesn't happen any more")
    return found


def facts(report: Report, wish: Wish) -> dict[str, Any]:
    """The campaign's figures for a program."""
    return {
        "date": date.today().isoformat(),
        "seed": wish.seed,
        "cores": os.cpu_count(),
        "workers": wish.workers,
        "stories": report.stories,
        "actions": report.actions,
        "views": report.views,
        "seconds": round(report.seconds, 1),
        "actions_per_second": round(report.speed),
        "accepted": round(report.accepted, 3),
        "reached": {f"{name} {how}": times for (name, how), times in sorted(report.reached.items())},
        "problems": problems(report),
    }


def document_campaign(report: Report, wish: Wish) -> None:
    """Puts the figures into the document."""
    said = facts(report, wish)
    put_between(
        DOCUMENT,
        "fuzz",
        f"On {said['date']}, with seed {said['seed']} and {said['workers']} processes on {said['cores']} cores:\n"
        f"{said['stories']:,} stories, {said['actions']:,} actions, {said['views']:,} answers of views compared in "
        f"{said['seconds']:,.0f} seconds,\nthat is {said['actions_per_second']:,} checked actions a second. "
        f"{said['accepted']:.0%} of the actions were accepted; {len(said['reached'])} different endings were\nreached. "
        f"Differences: {'none' if report.failure is None else report.failure.difference}.",
    )


def document_speeds(speeds: Speeds) -> None:
    """Puts the speeds into the document."""
    rows = "\n".join(f"| {name} | {rate:,.1f} | {ratio:,.1f} |" for name, rate, ratio in speeds.rows())
    head = f"On {date.today().isoformat()}, on {os.cpu_count()} cores:\n\n| how | checked actions a second | times naive |\n"
    put_between(DOCUMENT, "fuzz speed", f"{head}| --- | ---: | ---: |\n{rows}")


@click.command()
@click.option("--seed", default=1, show_default=True, help="Which stories.")
@click.option("--minutes", default=1.0, show_default=True, help="For how long.")
@click.option("--steps", type=int, help="How many actions, instead of minutes.")
@click.option(
    "--workers", default=os.cpu_count() or 1, show_default=True, help="Processes, each with a chain of its own."
)
@click.option("--length", default=STEPS, show_default=True, help="Steps of a story, time passing included.")
@click.option(
    "--database",
    default=FOUND,
    show_default=True,
    help="Failing stories: a folder, or redis://host:port for many machines.",
)
@click.option("--mined", is_flag=True, help="By real transactions, with a reorganization in each story: slower.")
@click.option(
    "--benchmark", is_flag=True, help="Compare the speed with that of ape and of the transaction machine instead."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures for a program.")
@click.option("--update-docs", is_flag=True, help=f"Put the figures into docs/{DOCUMENT.name}.")
def cli(
    seed: int,
    minutes: float,
    steps: int | None,
    workers: int,
    length: int,
    database: str,
    mined: bool,
    benchmark: bool,
    as_json: bool,
    update_docs: bool,
) -> None:
    """Look for a difference between the contracts and their model."""
    console = Console(stderr=as_json)
    if benchmark:
        speeds = measure_speeds(console, workers)
        print(json.dumps(speeds.as_dict(), indent=2)) if as_json else console.print(speeds.table())
        if update_docs:
            document_speeds(speeds)
        return
    try:
        known = database_at(database)
    except Unusable as reason:
        raise click.ClickException(str(reason)) from None
    wish = Wish(seed, minutes, steps, workers, length, mined)
    report = told_before(console, known) or campaign(console, wish)
    if as_json:
        print(json.dumps(facts(report, wish), indent=2))
    elif report.stories:
        show_reach(console, report)
        console.print(
            f"{report.stories:,} stories, {report.actions:,} actions ({report.accepted:.0%} accepted) and {report.views:,} "
            f"answers of views compared in {report.seconds:,.1f} s: {report.speed:,.0f} actions a second."
        )
    if report.failure is not None:
        show_failure(console, report, known)
    if update_docs:
        document_campaign(report, wish)
    for problem in problems(report):
        console.print(f"[red]{problem}[/]")
    sys.exit(1 if problems(report) else 0)
