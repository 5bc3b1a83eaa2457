"""Measures what the tests are worth: small wrong changes are made to the contracts, one at a time, and a test has to fail each time.

`ape run mutate` goes on where it stopped. `--file` and `--operator` choose, `--sample` draws, `--minutes` ends it. What survives is
printed as a difference; it fails unless each is in `verification/mutation/equivalent.toml`, with the reason why no test can tell it from the original.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from peculium.devnet.console import make_console
from verification.markers import put_between
from verification.mutation.build import Workshop
from verification.mutation.campaign import DEAD, Campaign
from verification.mutation.diff import print_mutant
from verification.mutation.mutants import OPERATORS, Mutant
from verification.mutation.records import EQUIVALENT, SAME_CODE, TELLER, UNCOMPILABLE, Records
from verification.mutation.runner import SURVIVED
from verification.mutation.targets import LANES, Lane

DOCUMENT = Path(__file__).parents[2] / "docs" / "verification.md"
SEED = 20_260_101
ALL = 10**6
"""More tests than a folder has."""


def chosen(workshop: Workshop, lane: Lane, files: tuple[str, ...], operators: tuple[str, ...]) -> dict[str, Mutant]:
    """The mutants that were asked for, by `path:key`."""
    found = {}
    for path in lane.files:
        if not files or any(each in path for each in files):
            found |= {f"{path}:{key}": each for key, each in workshop.mutants(path).items()}
    return {name: each for name, each in found.items() if not operators or each.operator in operators}


def sampled(
    groups: list[tuple[Lane, dict[str, Mutant]]], count: int, seed: int
) -> list[tuple[Lane, dict[str, Mutant]]]:
    """So many of all, the same for the same seed."""
    names = sorted(name for _, mutants in groups for name in mutants)
    kept = set(random.Random(seed).sample(names, min(count, len(names))))
    return [(lane, {name: each for name, each in mutants.items() if name in kept}) for lane, mutants in groups]


def report(mutants: dict[str, Mutant], records: Records) -> list[dict[str, object]]:
    """A row for each file."""
    rows = []
    for path in dict.fromkeys(each.path for each in mutants.values()):
        names = [name for name, each in mutants.items() if each.path == path]
        outcomes = {name: records.outcome(name, mutants[name]) for name in names}
        counts = Counter(outcomes.values())
        killed = sum(counts[each] for each in DEAD)
        equivalent = counts[EQUIVALENT] + counts[SAME_CODE]
        survived = counts[SURVIVED]
        different = sum(counts.values()) - counts[UNCOMPILABLE] - equivalent
        rows.append(
            {
                "file": path,
                "mutants": sum(counts.values()) - counts[UNCOMPILABLE],
                "killed": killed,
                "by stories": sum(
                    outcome in DEAD and records.killer(name).startswith(TELLER) for name, outcome in outcomes.items()
                ),
                "equivalent": equivalent,
                "survivors": survived,
                "not judged": counts[None],
                # What isn't judged counts as if it had survived.
                "score": round(100 * killed / different, 1) if different else None,
            }
        )
    return rows


def write_down(rows: list[dict[str, object]]) -> None:
    """Into docs/verification.md."""
    total: dict[str, object] = {"file": "together"}
    total |= {key: sum(int(str(row[key])) for row in rows) for key in rows[0] if key not in ("file", "score")}
    total["score"] = round(100 * int(str(total["killed"])) / different_in(rows), 1)
    lines = [f"| {' | '.join(rows[0])} |", f"| --- |{' ---: |' * (len(rows[0]) - 1)}"]
    for row in (*rows, total):
        cells = ("" if value is None else str(value).removeprefix("contracts/") for value in row.values())
        lines.append(f"| {' | '.join(cells)} |")
    put_between(DOCUMENT, "mutants", f"On {date.today()}:\n\n" + "\n".join(lines))


def different_in(rows: list[dict[str, object]]) -> int:
    """How many mutants aren't the contract in other words."""
    return sum(int(str(row["mutants"])) - int(str(row["equivalent"])) for row in rows)


def show(console: Console, rows: list[dict[str, object]], survivors: dict[str, Mutant]) -> None:
    """Survivors first, so that the sums are what stays on the screen."""
    for name, each in survivors.items():
        print_mutant(console, each, f"  [dim]{name.partition(':')[2]}[/]")
    table = Table(title="Mutants")
    for column in rows[0] if rows else ("file",):
        is_file = column == "file"
        table.add_column(column, justify="left" if is_file else "right", no_wrap=is_file, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value).removeprefix("contracts/") for value in row.values()))
    killed, unknown = (sum(int(str(row[each])) for row in rows) for each in ("killed", "not judged"))
    console.print(table)
    if different := different_in(rows):
        console.print(
            f"{killed} of {different} killed, {unknown} not judged: at least {100 * killed / different:.1f} %."
        )


@click.command()
@click.option("--file", "files", multiple=True, help="Only files whose path has this in it; may be repeated.")
@click.option("--operator", "operators", multiple=True, type=click.Choice(OPERATORS), help="Only this kind of change.")
@click.option("--sample", type=int, help="Only so many, drawn by the seed.")
@click.option("--seed", type=int, default=SEED, show_default=True)
@click.option("--minutes", type=float, help="Stop after so long; what is judged by then is kept.")
@click.option("--quick", is_flag=True, help="Only tell the stories of tests/fuzz; what they don't show stays open.")
@click.option("--near", type=int, help="Only try so many tests of a folder, the likeliest; what lives then stays open.")
@click.option(
    "--test", "tests", multiple=True, help="Only try this file of tests; may be repeated; what lives then stays open."
)
@click.option("--thorough", is_flag=True, help="Look at each survivor once more, with all examples and alone.")
@click.option("--again", is_flag=True, help="Forget what was judged before.")
@click.option("--report", "only_report", is_flag=True, help="Run nothing; show what is on record.")
@click.option("--update-docs", is_flag=True, help="Write the figures of all files into docs/verification.md too.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures for programs.")
def cli(
    files: tuple[str, ...],
    operators: tuple[str, ...],
    sample: int | None,
    seed: int,
    minutes: float | None,
    quick: bool,
    near: int | None,
    tests: tuple[str, ...],
    thorough: bool,
    again: bool,
    only_report: bool,
    update_docs: bool,
    as_json: bool,
) -> None:
    """Measure what the tests are worth."""
    if update_docs and (files or operators or sample):
        raise SystemExit("What is written down is of all mutants: leave out --file, --operator and --sample.")
    console = make_console(110, stderr=as_json)
    workshop = Workshop()
    records = Records(workshop.sources, forget=again)
    groups = [(lane, chosen(workshop, lane, files, operators)) for lane in LANES]
    if sample is not None:
        groups = sampled(groups, sample, seed)
    mutants = {name: each for _, found in groups for name, each in found.items()}
    if not mutants:
        raise SystemExit("No mutants: no file of a lane (verification/mutation/targets.py) is called so.")
    if not only_report:
        until = time.monotonic() + minutes * 60 if minutes else float("inf")
        # All of a few tests are the likeliest: what they don't kill isn't judged.
        campaign = Campaign(records, workshop, until, quick, thorough, near or (ALL if tests else None))
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as tick:
            for lane, found in groups:
                if found and time.monotonic() < until:
                    campaign.judge(replace(lane, tests=tests or lane.tests), found, tick)
    rows = report(mutants, records)
    if update_docs:
        write_down(rows)
    survivors = {name: each for name, each in mutants.items() if records.outcome(name, each) == SURVIVED}
    stale = [] if files or operators or sample else records.stale(set(mutants))
    if as_json:
        told = [
            {"key": name, **{key: getattr(each, key) for key in ("line", "place", "operator", "before", "after")}}
            for name, each in survivors.items()
        ]
        print(json.dumps({"seed": seed, "files": rows, "survivors": told, "stale": stale}, indent=1))
    else:
        show(console, rows, survivors)
        for name in stale:
            console.print(f"[red]verification/mutation/equivalent.toml:[/] there is no {name} any more; take it out.")
    sys.exit(1 if survivors or stale else 0)
