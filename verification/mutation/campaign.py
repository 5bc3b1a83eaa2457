"""Judges the mutants of one lane after the other: by the stories, then by the tests, and keeps every verdict at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from rich.progress import Progress

from verification.mutation.build import Code, TooMany, Workshop
from verification.mutation.by_scenarios import stories
from verification.mutation.mutants import Mutant
from verification.mutation.order import Callers, Order
from verification.mutation.records import SAME_CODE, UNCOMPILABLE, Records
from verification.mutation.runner import BROKEN, KILLED, SURVIVED, TIMED_OUT, Verdict, once, prepare, trials
from verification.mutation.targets import Lane

LOG = Path(__file__).parents[2] / ".build" / "mutation.log"
DEAD = (KILLED, TIMED_OUT)


class Campaign:
    """One lane at a time, until all is judged or the time is over."""

    def __init__(
        self, records: Records, workshop: Workshop, until: float, quick: bool, thorough: bool, near: int | None
    ) -> None:
        self.records, self.workshop = records, workshop
        self.until, self.quick, self.thorough, self.near = until, quick, thorough, near
        self.callers = Callers(workshop.trees)
        self._sound: set[str] = set()
        """Lanes whose contracts the stories let live."""

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
            if time.monotonic() > self.until:
                return
            self._alone(lane, name, each, order)
            tick.advance(bar)
        if not self.quick:
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
        entries = {each: self.callers.of(each) for each in places}
        errors = {each: self.callers.errors(each) for each in places}
        order = Order(entries, errors, self.near)
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
                if verdict.outcome == KILLED or (verdict.outcome in DEAD and not self.near):
                    del left[verdict.number]
                    yield verdict
        if self.near:
            return
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
            outcome, by = self._killed(lane, codes, mutant.place, order)
            if outcome == KILLED or not (self.quick or self.near):
                self.records.note(name, mutant, outcome, by, final=final)

    def _killed(self, lane: Lane, codes: dict[str, Code], place: str, order: Order) -> tuple[str, str]:
        """The outcome, and by which test: one that does it by itself too, and by itself lets the contract live."""
        if lane.told and (by := self._shown(lane, codes, order)):
            return KILLED, by
        for tests in () if self.quick else lane.folders:
            prepare(codes)
            outcome, by = once(tests, place, order, LOG)
            if outcome == KILLED and once((by,), place, order, LOG)[0] == KILLED:
                prepare(self.workshop.unchanged(lane))
                if once((by,), place, order, LOG)[0] == SURVIVED:
                    return KILLED, by
            elif outcome == TIMED_OUT:
                return TIMED_OUT, by
        return SURVIVED, ""

    def _shown(self, lane: Lane, codes: dict[str, Code], order: Order) -> str:
        """The story that shows a mutant, if one does. Where none can be told, since the cast can't be made, the tests judge."""
        if lane.name not in self._sound:
            prepare(self.workshop.unchanged(lane))
            list(_but_the_first(stories({}, order, LOG), "the stories"))
            self._sound.add(lane.name)
        prepare(codes)
        verdict = next(stories({}, order, LOG), None)
        return verdict.by if verdict and verdict.outcome == KILLED else ""

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
