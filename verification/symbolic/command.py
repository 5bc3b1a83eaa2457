"""`ape run prove`: checks the symbolic properties for all inputs, and that each fails on its seeded bug."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from peculium.devnet.console import make_console
from toolchain.compiler import CompilerError
from verification.symbolic.errors import SymbolicError
from verification.symbolic.properties import PROPERTIES, Property
from verification.symbolic.prover import Outcome, Prover, Result
from verification.symbolic.runner import Run, require_known_false, run_property

TIMEOUT = 1200.0
CONSOLE_WIDTH = 140
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def select(only: Sequence[str], quick: bool) -> list[Property]:
    """The properties that the options name."""
    chosen = [item for item in PROPERTIES if not only or any(part in item.name for part in only)]
    chosen = [item for item in chosen if not (quick and item.slow)]
    if not chosen:
        raise click.UsageError("No property matches. The properties are:\n" + "\n".join(p.name for p in PROPERTIES))
    return chosen


def run_all(console: Console, prover: Prover, properties: Sequence[Property]) -> list[Run]:
    """Checks the properties and prints a line as each finishes; a progress bar only on a terminal."""
    runs = []
    with Progress(*COLUMNS, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("known-false check", total=len(properties))
        require_known_false(prover)
        for item in properties:
            progress.update(task, description=item.name)
            run = run_property(prover, item)
            runs.append(run)
            show(console, run)
            progress.advance(task)
    return runs


def show(console: Console, run: Run) -> None:
    """Prints the results of one property; the details only if it failed."""
    mark = "[green]✓[/]" if run.passed else "[red]✗[/]"
    scope = "; ".join(part for part in (run.item.invariants, run.item.bounds) if part)
    seconds = run.result.seconds + run.seeded.seconds
    console.print(f"{mark} [b]{run.item.name}[/] {run.result.outcome} in {seconds:.0f} s ({escape(scope)})")
    _show_failure(console, "", run.result, Outcome.VERIFIED)
    _show_failure(console, "with its seeded bug ", run.seeded, Outcome.VIOLATED)


def _show_failure(console: Console, where: str, result: Result, expected: Outcome) -> None:
    if result.outcome != expected:
        console.print(f"  [red]{where}{result.outcome}, expected {expected}[/]\n{escape(result.details)}")


def summarize(console: Console, runs: Sequence[Run]) -> None:
    """Prints how many properties passed, and which did not."""
    passed = sum(run.passed for run in runs)
    console.print(f"{passed} of {len(runs)} properties verified; each of them fails on its seeded bug.")
    if passed < len(runs):
        console.print("[red]Failed:[/] " + ", ".join(run.item.name for run in runs if not run.passed))


@click.command()
@click.option("--only", multiple=True, help="Only properties whose name contains this; repeatable.")
@click.option("--quick", is_flag=True, help="Only properties that take seconds.")
@click.option("--timeout", type=float, default=TIMEOUT, show_default=True, help="Seconds for one check.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON; progress goes to standard error.")
def cli(only: tuple[str, ...], quick: bool, timeout: float, as_json: bool) -> None:
    """Check the contracts' properties for all inputs.

    Each property must be verified, and must be violated by its seeded bug. Exits with 1 if any other result, such as a
    timeout, occurs.
    """
    console = make_console(CONSOLE_WIDTH, stderr=as_json, highlight=False)
    properties = select(only, quick)
    try:
        runs = run_all(console, Prover(timeout), properties)
    except (CompilerError, SymbolicError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        passed = sum(run.passed for run in runs)
        results = {"properties": [run.as_dict() for run in runs], "passed": passed, "total": len(runs)}
        print(json.dumps(results, indent=1))
    else:
        summarize(console, runs)
    sys.exit(0 if all(run.passed for run in runs) else 1)
