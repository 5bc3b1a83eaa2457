"""What the proofs alone are worth: how many of the small wrong changes that `ape run mutate` makes they refute, without any test."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.console import Console
from rich.table import Table

from scripts._build_mutants import Workshop
from scripts._difference import print_mutant
from scripts._lanes import lane_of
from scripts._mutants import Mutant
from scripts._proofs import CHARGING, CREDENTIALS, LEDGER, PAYMASTER, PAYMENTS, PROOFS, REGISTRY, SWITCH, Proof
from scripts._prover import PROVEN, REFUTED, Prover, Room
from scripts._records import EQUIVALENT, SAME_CODE, UNCOMPILABLE, Records
from toolchain.compiler import CompilerRefused

FILES = (LEDGER, SWITCH, CREDENTIALS, PAYMASTER, REGISTRY, CHARGING, PAYMENTS)
SURVIVED, UNANSWERED = "survived", "not answered"
NO_MUTANT = (EQUIVALENT, SAME_CODE, UNCOMPILABLE)


@dataclass(frozen=True)
class Judged:
    """What became of one mutant."""

    mutant: Mutant
    key: str
    outcome: str
    by: str
    """The theorem that refuted it, or those that gave no answer."""


class Score:
    """Draws mutants, and asks every theorem about each until one is refuted."""

    def __init__(self, prover: Prover, seed: int, proofs: Sequence[Proof]) -> None:
        self.prover, self.seed, self.proofs = prover, seed, proofs
        self._unchanged: dict[str, dict[str, str]] = {}
        self.workshop = Workshop()
        self.records = Records(self.workshop.sources)
        self._looking = {path: self._contracts(path) for path in FILES}

    def drawn(self, count: int, files: tuple[str, ...]) -> list[tuple[str, Mutant]]:
        """So many of each file, the same for the same seed; what is known to be no difference isn't drawn."""
        chosen = []
        for path in FILES:
            if files and not any(each in path for each in files):
                continue
            mutants = self.workshop.mutants(path)
            left = [key for key, each in mutants.items() if self._known(key, each) not in NO_MUTANT]
            keys = random.Random(self.seed).sample(sorted(left), min(count, len(left)))
            chosen.append([(key, mutants[key]) for key in keys])
        # In turn: whenever it is stopped, as many of each file were judged.
        return [each for row in zip_longest(*chosen) for each in row if each]

    def judge(self, key: str, mutant: Mutant) -> Judged:
        """Refuted by the first theorem that notices; a survivor only if each was proven."""
        source = mutant.applied(self.workshop.sources[mutant.path].encode()).decode()
        silent = []
        try:
            with self.prover.changed(self._looking[mutant.path], {mutant.path: source}) as room:
                for proof in self._noticing(mutant.path, room):
                    answer = room.ask(proof.contract, proof.check)
                    if answer.outcome == REFUTED:
                        return Judged(mutant, key, REFUTED, proof.name)
                    if answer.outcome != PROVEN:
                        silent.append(proof.name)
        except CompilerRefused:
            return Judged(mutant, key, UNCOMPILABLE, "")
        if self._is_same(mutant):
            return Judged(mutant, key, SAME_CODE, "")
        return Judged(mutant, key, UNANSWERED if silent else SURVIVED, ", ".join(silent))

    def _known(self, key: str, mutant: Mutant) -> str | None:
        return self.records.outcome(f"{mutant.path}:{key}", mutant)

    def _is_same(self, mutant: Mutant) -> bool:
        """Whether what is deployed is the same."""
        lane = lane_of(mutant.path)
        assert lane is not None, mutant.path
        return self.workshop.single(lane, mutant) == self.workshop.unchanged(lane)

    def _contracts(self, path: str) -> tuple[str, ...]:
        """Those whose theorems could notice a change of a file."""
        return tuple(
            each for each in dict.fromkeys(proof.contract for proof in PROOFS) if self.prover.imports(each, path)
        )

    def _noticing(self, path: str, room: Room) -> Iterator[Proof]:
        """The theorems whose code is another one now, first those whose planted bug is in this file, and the quick ones. Functions
        that no theorem calls aren't in any."""
        if path not in self._unchanged:
            contracts = self._looking[path]
            with self.prover.changed(contracts, {}) as before:
                self._unchanged[path] = {each: before.code(each) for each in contracts}
        others = {each for each, code in self._unchanged[path].items() if room.code(each) != code}
        noticing = (each for each in self.proofs if each.contract in others)
        yield from sorted(noticing, key=lambda each: (each.twin.path != path, not each.quick))


def rows(judged: list[Judged]) -> Iterator[dict[str, object]]:
    """The sums of each file."""
    for path in dict.fromkeys(each.mutant.path for each in judged):
        counts = Counter(each.outcome for each in judged if each.mutant.path == path)
        real = counts[REFUTED] + counts[SURVIVED] + counts[UNANSWERED]
        score = round(100 * counts[REFUTED] / real, 1) if real else None
        yield {
            "file": path,
            "mutants": real,
            **{each: counts[each] for each in (REFUTED, SURVIVED, UNANSWERED)},
            "score": score,
        }


def show(console: Console, judged: list[Judged], seed: int) -> None:
    """What wasn't refuted first, so that the sums are what stays on the screen."""
    for each in judged:
        if each.outcome in (SURVIVED, UNANSWERED):
            print_mutant(console, each.mutant, f": {each.outcome}  [dim]{each.key} {each.by}[/]")
    table = Table(title="Mutants that the proofs alone refute")
    for column in ("file", "mutants", REFUTED, SURVIVED, UNANSWERED, "score"):
        table.add_column(column, justify="left" if column == "file" else "right", overflow="fold")
    sums = list(rows(judged))
    for row in sums:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)
    real, refuted = (sum(int(str(row[each])) for row in sums) for each in ("mutants", REFUTED))
    console.print(f"{refuted} of {real} refuted by the proofs alone, drawn with seed {seed}.")


def told(judged: list[Judged], seed: int) -> str:
    """For programs."""
    mutants = [
        {"file": each.mutant.path, "key": each.key, "place": each.mutant.place, "operator": each.mutant.operator}
        | {
            "line": each.mutant.line,
            "before": each.mutant.before,
            "after": each.mutant.after,
            "outcome": each.outcome,
            "by": each.by,
        }
        for each in judged
    ]
    return json.dumps({"seed": seed, "files": list(rows(judged)), "mutants": mutants}, indent=1)
