"""`ape run mutate`: changes the contracts in one place at a time and runs the tests. Each change has to make a test fail.

A run continues where the last one stopped. It fails if a mutant survives that `equivalent.toml` doesn't list with a reason.
"""

from __future__ import annotations

import random
import sys
import time
from dataclasses import replace

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from peculium.devnet.console import make_console
from verification.mutation.builder import Builder
from verification.mutation.campaign import Campaign, Options
from verification.mutation.mutants import OPERATORS, Mutant
from verification.mutation.report import print_json, print_report, report_on
from verification.mutation.store import Store
from verification.mutation.targets import TARGETS, Target

SEED = 20_260_101
ALL_TESTS = 10**6
"""More tests than a folder has."""
Selection = list[tuple[Target, dict[str, Mutant]]]


def select(builder: Builder, files: tuple[str, ...], operators: tuple[str, ...]) -> Selection:
    """Each target with its mutants, by key."""
    selection = []
    for target in TARGETS:
        found: dict[str, Mutant] = {}
        for path in target.files:
            if not files or any(each in path for each in files):
                found |= builder.mutants(path)
        chosen = {key: each for key, each in found.items() if not operators or each.operator in operators}
        selection.append((target, chosen))
    return selection


def sample_of(selection: Selection, count: int, seed: int) -> Selection:
    """A random sample over all targets. The same seed gives the same sample."""
    keys = sorted(key for _, mutants in selection for key in mutants)
    kept = set(random.Random(seed).sample(keys, min(count, len(keys))))
    return [(target, {key: each for key, each in mutants.items() if key in kept}) for target, mutants in selection]


def run(campaign: Campaign, selection: Selection, tests: tuple[str, ...], console: Console) -> None:
    """Runs the selection with a progress bar for each target."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        for target, mutants in selection:
            if mutants and not campaign.options.is_over:
                campaign.run(replace(target, tests=tests or target.tests), mutants, progress)


@click.command()
@click.option("--file", "files", multiple=True, help="Mutate only files whose path contains this text; repeatable.")
@click.option("--operator", "operators", multiple=True, type=click.Choice(OPERATORS), help="Use only this operator.")
@click.option("--sample", type=int, help="Run a random sample of this size.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Seed of the sample.")
@click.option("--minutes", type=float, help="Stop after this time. The next run continues.")
@click.option("--quick", is_flag=True, help="Run only the scenarios. What they don't kill counts as not run.")
@click.option("--max-tests", type=int, help="Run only the likeliest tests of a folder; survivors count as not run.")
@click.option("--test", "tests", multiple=True, help="Run only this test file; repeatable; survivors count as not run.")
@click.option("--thorough", is_flag=True, help="Run each survivor again by itself, with all Hypothesis examples.")
@click.option("--again", is_flag=True, help="Ignore stored results.")
@click.option("--report", "report_only", is_flag=True, help="Run nothing; print the stored results.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document for programs.")
def cli(
    files: tuple[str, ...],
    operators: tuple[str, ...],
    sample: int | None,
    seed: int,
    minutes: float | None,
    quick: bool,
    max_tests: int | None,
    tests: tuple[str, ...],
    thorough: bool,
    again: bool,
    report_only: bool,
    as_json: bool,
) -> None:
    """Mutate the contracts and report which mutants no test kills."""
    console = make_console(110, stderr=as_json)
    builder = Builder()
    selection = select(builder, files, operators)
    if sample is not None:
        selection = sample_of(selection, sample, seed)
    mutants = {key: each for _, found in selection for key, each in found.items()}
    if not mutants:
        raise click.ClickException("No mutant matches. verification/mutation/targets.py lists the files.")
    # With selected tests only, a survivor may still be killed by another test, so it gets no result.
    limit = max_tests or (ALL_TESTS if tests else None)
    deadline = time.monotonic() + minutes * 60 if minutes else float("inf")
    campaign = Campaign(Store(builder.sources, forget=again), builder, Options(deadline, quick, thorough, limit))
    if not report_only:
        run(campaign, selection, tests, console)
    report = report_on(campaign, mutants, everything=not (files or operators or sample))
    if as_json:
        print_json(report, seed)
    else:
        print_report(console, report)
    sys.exit(0 if report.passed else 1)
