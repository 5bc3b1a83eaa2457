"""Proves what is in `verification/symbolic/proofs/`, for all inputs, with the contracts as they are compiled for deployment.

`ape run prove`. Each proof has a twin, the same contract with one planted bug, which has to be refuted by a counterexample. Whatever
else becomes of one of the two, a timeout too, is a failure; and so is a canary, which is false, that isn't refuted.

`ape run prove --mutants 40` measures what the theorems are worth by themselves: see `scripts/_proof_score.py`.
"""

from __future__ import annotations

import json
import sys
import time

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from peculium.devnet.console import make_console
from scripts import _proof_score as score
from verification.symbolic.properties import PROOFS, Proof
from verification.symbolic.prover import PROVEN, REFUTED, Answer, Prover

PATIENCE = 1200.0
SEED = 20_260_101
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def canary(prover: Prover) -> Answer:
    """Something false: who proves it proves everything."""
    answer = prover.ask("Canary", "check_noNumberIsThis")
    if answer.outcome != REFUTED or hex(20_261_125) not in answer.told:
        raise SystemExit(f"The canary wasn't refuted, so nothing would be proven: {answer.outcome}. {answer.told}")
    return answer


def show(console: Console, rows: list[tuple[Proof, Answer, Answer]]) -> None:
    """A table, and above it what went wrong."""
    table = Table(title="Proofs")
    for column in ("check", "invariants", "bounds", "result", "twin", "paths", "seconds"):
        table.add_column(column, justify="right" if column in ("paths", "seconds") else "left", overflow="fold")
    for proof, real, twin in rows:
        for what, answer, wanted in (("", real, PROVEN), (", twin", twin, REFUTED)):
            if answer.outcome != wanted:
                console.print(f"[red]{proof.name}{what}: {answer.outcome}[/]\n{escape(answer.told)}")
        told = [f"[{'green' if good else 'red'}]{answer.outcome}[/]" for answer, good in judged(real, twin)]
        seconds = f"{real.seconds + twin.seconds:.0f}"
        table.add_row(proof.name, proof.invariants, proof.bounds, *told, str(real.paths), seconds)
    console.print(table)


def judged(real: Answer, twin: Answer) -> list[tuple[Answer, bool]]:
    """Both answers, and whether they are the right ones."""
    return [(real, real.outcome == PROVEN), (twin, twin.outcome == REFUTED)]


def is_shown(real: Answer, twin: Answer) -> bool:
    """Whether the theorem holds, and could fail."""
    return all(good for _, good in judged(real, twin))


def measure(
    console: Console,
    prover: Prover,
    proofs: list[Proof],
    count: int,
    seed: int,
    files: tuple[str, ...],
    minutes: float | None,
) -> list[score.Judged]:
    """So many mutants of each file, in turn, until the time is over."""
    trial = score.Score(prover, seed, proofs)
    drawn = trial.drawn(count, files)
    if not drawn:
        raise SystemExit(f"No theorem looks at a file that is called so. There are: {', '.join(score.FILES)}.")
    until = time.monotonic() + minutes * 60 if minutes else float("inf")
    judged = []
    with Progress(*COLUMNS, console=console) as tick:
        bar = tick.add_task("mutants", total=len(drawn))
        for key, mutant in drawn:
            if time.monotonic() > until:
                break
            judged.append(trial.judge(key, mutant))
            tick.update(bar, advance=1, description=f"{mutant.place}: {judged[-1].outcome}")
    return judged


@click.command()
@click.option("--only", multiple=True, help="Only proofs whose name has this in it; may be repeated.")
@click.option("--quick", is_flag=True, help="Only what takes seconds: the tests do that too.")
@click.option(
    "--patience", type=float, default=PATIENCE, show_default=True, help="The longest for one answer (seconds)."
)
@click.option(
    "--mutants", type=int, help="Prove nothing: measure how many of so many mutants of each file are refuted."
)
@click.option("--seed", type=int, default=SEED, show_default=True, help="Draws the mutants.")
@click.option(
    "--file", "files", multiple=True, help="Only mutants of files whose path has this in it; may be repeated."
)
@click.option("--minutes", type=float, help="Stop with the mutants after so long.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures for programs.")
def cli(
    only: tuple[str, ...],
    quick: bool,
    patience: float,
    mutants: int | None,
    seed: int,
    files: tuple[str, ...],
    minutes: float | None,
    as_json: bool,
) -> None:
    """Prove the contracts, and refute what is wrong."""
    console = make_console(140, stderr=as_json)
    chosen = [each for each in PROOFS if not only or any(word in each.name for word in only)]
    chosen = [each for each in chosen if each.quick or not quick]
    if not chosen:
        raise SystemExit(f"No proof is called so. There are: {', '.join(each.name for each in PROOFS)}.")
    if mutants:
        judged = measure(console, Prover(patience), chosen, mutants, seed, files, minutes)
        if as_json:
            print(score.told(judged, seed))
        else:
            score.show(console, judged, seed)
        return
    prover = Prover(patience)
    rows = []
    with Progress(*COLUMNS, console=console) as tick:
        bar = tick.add_task("canary", total=1 + len(chosen))
        canary(prover)
        for proof in chosen:
            tick.update(bar, advance=1, description=proof.name)
            real = prover.ask(proof.contract, proof.check)
            rows.append((proof, real, prover.ask(proof.contract, proof.check, proof.twin.planted())))
        tick.update(bar, advance=1)
    shown = sum(is_shown(real, twin) for _, real, twin in rows)
    if as_json:
        told = [
            {
                "name": proof.name,
                "invariants": proof.invariants,
                "bounds": proof.bounds,
                "result": vars(real),
                "twin": vars(twin),
            }
            for proof, real, twin in rows
        ]
        print(json.dumps({"proofs": told, "shown": shown, "of": len(rows)}, indent=1))
    else:
        show(console, rows)
        console.print(f"{shown} of {len(rows)} proven, each with its twin refuted; the canary was refuted.")
    sys.exit(0 if shown == len(rows) else 1)
