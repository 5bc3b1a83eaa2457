"""Measures what the tests are worth: small wrong changes are made to the contracts, one at a time, and a test has to fail each time.

`ape run mutate` goes on where it stopped. `--file` and `--operator` choose, `--sample` draws, `--minutes` ends it. What survives is
printed as a difference; it fails unless each is in `tests/mutants.toml`, with the reason why no test can tell it from the original.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from scripts._build_mutants import Code, TooMany, Workshop
from scripts._by_stories import JUDGE, stories
from scripts._console import console_of
from scripts._lanes import LANES, Lane
from scripts._mutants import OPERATORS, Mutant
from scripts._order import Callers, Order
from scripts._records import EQUIVALENT, SAME_CODE, UNCOMPILABLE, Records
from scripts._trial import BROKEN, KILLED, SURVIVED, TIMED_OUT, Verdict, once, prepare, trials

LOG = Path(__file__).parent.parent / ".build" / "mutation.log"
SEED = 20_260_101
DEAD = (KILLED, TIMED_OUT)


class Campaign:
    """One lane at a time, until all is judged or the time is over."""

    def __init__(self, records: Records, workshop: Workshop, until: float, quick: bool, thorough: bool) -> None:
        self.records, self.workshop = records, workshop
        self.until, self.quick, self.thorough = until, quick, thorough
        self.callers = Callers(workshop.trees)

    def judge(self, lane: Lane, mutants: dict[str, Mutant], tick: Progress) -> None:
        """Everything of a lane that isn't on record."""
        todo = {name: each for name, each in mutants.items() if self.records.outcome(name, each) is None}
        bar = tick.add_task(lane.name, total=len(mutants), completed=len(mutants) - len(todo))
        numbered = dict(enumerate(todo.items(), 1))
        single = {name: each for name, each in todo.items() if each.plain or each.place.endswith(".constructor")}
        woven = {number: each for number, (name, each) in numbered.items() if name not in single}
        order = self._order(mutants)
        if self.quick and not lane.told:
            return
        for codes, built, out in self._builds(lane, woven):
            single |= {numbered[number][0]: numbered[number][1] for number in out}
            places = {number: each.place for number, each in built.items()}
            if not places:
                continue
            prepare(codes)
            for verdict in self._verdicts(lane, places, order):
                name, each = numbered[verdict.number]
                self.records.note(name, each, verdict.outcome, verdict.by)
                tick.advance(bar)
                if time.monotonic() > self.until:
                    return
        for name, each in single.items():
            if self.quick or time.monotonic() > self.until:
                return
            self._alone(lane, name, each, order)
            tick.advance(bar)
        self._look_again(lane, mutants, order)

    def _builds(
        self, lane: Lane, mutants: dict[int, Mutant]
    ) -> Iterator[tuple[dict[str, Code], dict[int, Mutant], set[int]]]:
        """Codes, the mutants that are in them, and those that can't be in any; as few builds as the compiler allows."""
        unbuilt = [mutants]
        while unbuilt and time.monotonic() < self.until:
            together = unbuilt.pop()
            if not together:
                continue
            try:
                codes, out = self.workshop.woven(lane, together)
            except TooMany:
                if len(together) == 1:
                    yield {}, {}, set(together)
                    continue
                # Not the first half and the second: those of one function get in each other's way.
                numbers = list(together)
                unbuilt += [{number: together[number] for number in numbers[start::2]} for start in (0, 1)]
                continue
            yield codes, {number: each for number, each in together.items() if number not in out}, out

    def _order(self, mutants: dict[str, Mutant]) -> Order:
        """What is known of the tests by now."""
        places = {each.place for each in mutants.values()}
        order = Order(
            {each: self.callers.of(each) for each in places}, {each: self.callers.errors(each) for each in places}
        )
        for name, each in mutants.items():
            if by := self.records.killer(name):
                order.killed(each.place, by)
        return order

    def _verdicts(self, lane: Lane, places: dict[int, str], order: Order) -> Iterator[Verdict]:
        """By the stories first, if they are about it: what they find costs a tenth of what the tests do."""
        left = dict(places)
        if lane.told:
            for verdict in _but_the_first(stories(places, order, LOG), "the stories"):
                if verdict.outcome == KILLED:
                    del left[verdict.number]
                    yield verdict
        if self.quick:
            return
        for tests in lane.folders:
            if not left:
                return
            for verdict in _but_the_first(trials(tests, left, order, LOG), f"the tests of {lane.name}"):
                if verdict.outcome in DEAD:
                    del left[verdict.number]
                    yield verdict
        for number in left:
            yield Verdict(number, SURVIVED, "", 0)

    def _alone(self, lane: Lane, name: str, mutant: Mutant, order: Order, final: bool = False) -> None:
        """A compilation and a deployment of its own."""
        codes = self.workshop.single(lane, mutant)
        if codes is None:
            self.records.note(name, mutant, UNCOMPILABLE)
        elif codes == self.workshop.unchanged(lane):
            self.records.note(name, mutant, SAME_CODE)
        else:
            self.records.note(name, mutant, *self._killed(lane, codes, mutant.place, order), final=final)

    def _killed(self, lane: Lane, codes: dict[str, Code], place: str, order: Order) -> tuple[str, str]:
        """The outcome, and by which test: one that does it by itself too, and by itself lets the contract live."""
        for tests in lane.folders:
            prepare(codes)
            outcome, by = once(tests, place, order, LOG)
            if outcome == SURVIVED:
                continue
            prepare(codes)
            if outcome != KILLED or once((by,), place, order, LOG)[0] == KILLED:
                prepare(self.workshop.unchanged(lane))
                if outcome != KILLED or once((by,), place, order, LOG)[0] == SURVIVED:
                    return outcome, by
        return SURVIVED, ""

    def _look_again(self, lane: Lane, mutants: dict[str, Mutant], order: Order) -> None:
        """What survived may be the same code; or, looked at thoroughly, it may not survive."""
        for name, each in mutants.items():
            if self.records.outcome(name, each) != SURVIVED or self.records.is_final(name):
                continue
            if time.monotonic() > self.until:
                return
            if self.thorough:
                self._alone(lane, name, each, order, final=True)
            elif self.workshop.single(lane, each) == self.workshop.unchanged(lane):
                self.records.note(name, each, SAME_CODE)


def _but_the_first(verdicts: Iterator[Verdict], whose: str) -> Iterator[Verdict]:
    """But for the verdict on the unchanged build, which has to survive: it is the same code, in another form."""
    unchanged = next(verdicts, None)
    if unchanged is None or unchanged.outcome != SURVIVED:
        by = unchanged.by if unchanged else BROKEN
        raise SystemExit(f"Without any mutant {whose} fail: {by}; see {LOG}.")
    for verdict in verdicts:
        if verdict.outcome == BROKEN:
            raise SystemExit(f"{whose.capitalize()} could not be run; see {LOG}.")
        yield verdict


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
        counts = Counter(records.outcome(name, mutants[name]) for name in names)
        killed = sum(counts[each] for each in DEAD)
        equivalent = counts[EQUIVALENT] + counts[SAME_CODE]
        survived = counts[SURVIVED]
        rows.append(
            {
                "file": path,
                "mutants": sum(counts.values()) - counts[UNCOMPILABLE],
                "killed": killed,
                "by stories": sum(records.killer(name).startswith(JUDGE) for name in names),
                "equivalent": equivalent,
                "survivors": survived,
                "not judged": counts[None],
                "score": round(100 * killed / (killed + survived), 1) if killed + survived else None,
            }
        )
    return rows


def show(console: Console, rows: list[dict[str, object]], survivors: dict[str, Mutant]) -> None:
    """Survivors first, so that the sums are what stays on the screen."""
    for name, each in survivors.items():
        console.print(
            f"[bold]{each.path}:{each.line}[/] {each.place}, {each.operator}  [dim]{name.partition(':')[2]}[/]"
        )
        console.print(f"[red]- {escape(each.before)}[/]\n[green]+ {escape(each.after) or '(nothing)'}[/]")
    table = Table(title="Mutants")
    for column in rows[0] if rows else ("file",):
        is_file = column == "file"
        table.add_column(column, justify="left" if is_file else "right", no_wrap=is_file, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value).removeprefix("contracts/") for value in row.values()))
    killed, survived = (sum(int(str(row[each])) for row in rows) for each in ("killed", "survivors"))
    console.print(table)
    if killed + survived:
        console.print(f"{killed} of {killed + survived} killed: {100 * killed / (killed + survived):.1f} %.")


@click.command()
@click.option("--file", "files", multiple=True, help="Only files whose path has this in it; may be repeated.")
@click.option("--operator", "operators", multiple=True, type=click.Choice(OPERATORS), help="Only this kind of change.")
@click.option("--sample", type=int, help="Only so many, drawn by the seed.")
@click.option("--seed", type=int, default=SEED, show_default=True)
@click.option("--minutes", type=float, help="Stop after so long; what is judged by then is kept.")
@click.option("--quick", is_flag=True, help="Only tell the stories of tests/fuzz; what they don't show stays open.")
@click.option("--thorough", is_flag=True, help="Look at each survivor once more, with all examples and alone.")
@click.option("--again", is_flag=True, help="Forget what was judged before.")
@click.option("--report", "only_report", is_flag=True, help="Run nothing; show what is on record.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures for programs.")
def cli(
    files: tuple[str, ...],
    operators: tuple[str, ...],
    sample: int | None,
    seed: int,
    minutes: float | None,
    quick: bool,
    thorough: bool,
    again: bool,
    only_report: bool,
    as_json: bool,
) -> None:
    """Measure what the tests are worth."""
    console = console_of(110, stderr=as_json)
    workshop = Workshop()
    records = Records(workshop.sources, forget=again)
    groups = [(lane, chosen(workshop, lane, files, operators)) for lane in LANES]
    if sample is not None:
        groups = sampled(groups, sample, seed)
    mutants = {name: each for _, found in groups for name, each in found.items()}
    if not mutants:
        raise SystemExit("No mutants: no file of a lane (scripts/_lanes.py) is called so.")
    if not only_report:
        until = time.monotonic() + minutes * 60 if minutes else float("inf")
        campaign = Campaign(records, workshop, until, quick, thorough)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as tick:
            for lane, found in groups:
                if found and time.monotonic() < until:
                    campaign.judge(lane, found, tick)
    rows = report(mutants, records)
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
            console.print(f"[red]tests/mutants.toml:[/] there is no {name} any more; take it out.")
    sys.exit(1 if survivors or stale else 0)
