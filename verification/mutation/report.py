"""Prints what a campaign found."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, fields

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from verification.mutation.campaign import Campaign
from verification.mutation.equivalent import closest, outdated
from verification.mutation.mutants import Mutant
from verification.mutation.results import DETECTED, EQUIVALENT, NOT_COMPILABLE, SAME_BYTECODE, SURVIVED
from verification.mutation.store import SCENARIOS


@dataclass(frozen=True)
class Row:
    """Figures of one file."""

    file: str
    mutants: int
    """That compile."""
    killed: int
    by_scenarios: int
    """Of the killed ones."""
    equivalent: int
    survived: int
    not_run: int

    @property
    def non_equivalent(self) -> int:
        """Mutants that a test could detect."""
        return self.mutants - self.equivalent

    @property
    def score(self) -> float | None:
        """Killed mutants (percent of the non-equivalent). A mutant that was not run counts as a survivor."""
        return round(100 * self.killed / self.non_equivalent, 1) if self.non_equivalent else None


@dataclass(frozen=True)
class Report:
    """The figures of all files, the survivors, and the outdated entries of `equivalent.toml`."""

    rows: list[Row]
    survivors: dict[str, Mutant]
    outdated: dict[str, str]
    """Each with the mutant that it most likely means now."""

    @property
    def passed(self) -> bool:
        """Whether nothing has to be done."""
        return not self.survivors and not self.outdated


def report_on(campaign: Campaign, mutants: dict[str, Mutant], everything: bool) -> Report:
    """What is known of these mutants. `everything`: they are all that there are, so outdated entries can be found."""
    outcomes = {key: campaign.outcome(key, each) for key, each in mutants.items()}
    rows = []
    for path in dict.fromkeys(each.path for each in mutants.values()):
        keys = [key for key, each in mutants.items() if each.path == path]
        rows.append(_row(path, {key: outcomes[key] for key in keys}, campaign))
    survivors = {key: each for key, each in mutants.items() if outcomes[key] == SURVIVED}
    entries = outdated(mutants) if everything else []
    return Report(rows, survivors, {each: closest(each, mutants) for each in entries})


def _row(path: str, outcomes: dict[str, str | None], campaign: Campaign) -> Row:
    counts = Counter(outcomes.values())
    detected = [key for key, outcome in outcomes.items() if outcome in DETECTED]
    return Row(
        path,
        mutants=sum(counts.values()) - counts[NOT_COMPILABLE],
        killed=len(detected),
        by_scenarios=sum(campaign.store.killed_by(key).startswith(SCENARIOS) for key in detected),
        equivalent=counts[EQUIVALENT] + counts[SAME_BYTECODE],
        survived=counts[SURVIVED],
        not_run=counts[None],
    )


def print_json(report: Report, seed: int) -> None:
    """Prints the report for programs."""
    survivors = [
        {"key": key, **{name: getattr(each, name) for name in ("line", "function", "operator", "before", "after")}}
        for key, each in report.survivors.items()
    ]
    files = [{**asdict(row), "score": row.score} for row in report.rows]
    document = {
        "passed": report.passed,
        "seed": seed,
        "files": files,
        "survivors": survivors,
        "outdated": report.outdated,
    }
    print(json.dumps(document, indent=1))


def print_report(console: Console, report: Report) -> None:
    """Prints the survivors, then the figures, so that the figures stay on the screen."""
    for each in report.survivors.values():
        print_mutant(console, each)
    console.print(_table(report.rows))
    total = total_of(report.rows)
    if total.score is not None:
        console.print(
            f"{total.killed} of {total.non_equivalent} non-equivalent mutants killed "
            f"({total.score} %), {total.survived} survived, {total.not_run} not run."
        )
    if report.survivors:
        console.print(
            "Write a test that fails on each survivor, or list it in verification/mutation/equivalent.toml "
            "with the reason why none can."
        )
    for key, suggestion in report.outdated.items():
        console.print(f"[red]equivalent.toml lists a mutant that does not exist:[/]\n  {escape(key)}")
        console.print(f"  Closest: {escape(suggestion)}" if suggestion else "  Nothing similar: remove the entry.")


def print_mutant(console: Console, mutant: Mutant) -> None:
    """Prints a mutant as a difference."""
    console.print(f"[bold]{mutant.path}:{mutant.line}[/] {mutant.function}, {mutant.operator}")
    console.print(f"[red]- {escape(mutant.old_code)}[/]\n[green]+ {escape(mutant.new_code) or '(nothing)'}[/]")


def total_of(rows: list[Row]) -> Row:
    """The sum of the rows."""
    names = [field.name for field in fields(Row) if field.name != "file"]
    return Row("total", **{name: sum(getattr(row, name) for row in rows) for name in names})


def _table(rows: list[Row]) -> Table:
    table = Table(title="Mutation of the contracts")
    table.add_column("file", no_wrap=True)
    for name in ("mutants", "killed", "by scenarios", "equivalent", "survived", "not run", "score"):
        table.add_column(name, justify="right", overflow="fold")
    for row in (*rows, total_of(rows)) if len(rows) > 1 else rows:
        counts = (row.mutants, row.killed, row.by_scenarios, row.equivalent, row.survived, row.not_run)
        score = "" if row.score is None else f"{row.score} %"
        table.add_row(row.file.removeprefix("contracts/"), *map(str, counts), score)
    return table
