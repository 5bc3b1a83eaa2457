"""Removes one check at a time from the contracts. The attack that `weakened.toml` names for the check has to succeed then."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from verification.mutation.builder import Builder
from verification.mutation.mutants import Mutant
from verification.mutation.order import TestOrder
from verification.mutation.results import BROKEN, DETECTED, SURVIVED
from verification.mutation.runner import run_alone, run_mutants, use_build
from verification.mutation.targets import Target

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "attacks"
LIST = Path(__file__).parent / "weakened.toml"
LOG = ROOT / ".build" / "weakened.log"
REMOVALS = ("removed check", "removed call", "removed assignment", "removed modifier")
CONTRACTS = (
    "AgentWallet",
    "PowersModule",
    "MandateModule",
    "AgentWalletFactory",
    "MandateWriter",
    "AgentRegistry",
)


@dataclass(frozen=True)
class Weakening:
    """A check to remove, and the attack that it prevents."""

    file: str
    gone: str
    """How the removed statement begins."""
    attack: str
    """The name of the test."""


@dataclass(frozen=True)
class Finding:
    """What the attack did without the check."""

    weakening: Weakening
    outcome: str

    @property
    def attack_succeeded(self) -> bool:
        """Whether the test of the attack failed, or never ended."""
        return self.outcome in DETECTED


class OnlyTheAttack(TestOrder):
    """Runs one attack on each mutant. Its name takes the place of the mutant's function."""

    def sorted(self, tests: Sequence[str], function: str) -> list[str]:
        """The test of the attack, in all its variants."""
        return [test for test in tests if test.partition("::")[2].partition("[")[0] == function]


def weakenings() -> list[Weakening]:
    """All entries of `weakened.toml`."""
    return [Weakening(**each) for each in tomllib.loads(LIST.read_text())["weakening"]]


def mutant_of(builder: Builder, weakening: Weakening) -> Mutant:
    """The mutant that removes the check."""
    found = [
        each
        for each in builder.mutants(weakening.file).values()
        if each.operator in REMOVALS and " ".join(each.before.split()).startswith(weakening.gone)
    ]
    if len(found) != 1:
        raise SystemExit(
            f"{LIST.name}: {len(found)} statements of {weakening.file} begin with {weakening.gone!r} instead of one."
        )
    return found[0]


def file_of(attack: str) -> str:
    """The file of an attack's test."""
    for path in FOLDER.glob("test_*.py"):
        if f"def {attack}(" in path.read_text():
            return path.name
    raise SystemExit(f"{LIST.name}: there is no attack {attack} in tests/attacks.")


def run_weakened(listed: list[Weakening], note: Callable[[Finding], None]) -> list[Finding]:
    """Runs each attack without its check. `note` receives each finding as it arrives."""
    builder = Builder()
    tests = tuple(dict.fromkeys(f"tests/attacks/{file_of(each.attack)}::{each.attack}" for each in listed))
    target = Target("weakened", (), CONTRACTS, tests)
    mutants = {number: mutant_of(builder, each) for number, each in enumerate(listed, 1)}
    alone = {number for number, mutant in mutants.items() if mutant.needs_own_build}
    build, excluded = builder.combined(target, {n: mutant for n, mutant in mutants.items() if n not in alone})
    alone |= excluded
    findings: dict[int, Finding] = {}

    def add(number: int, outcome: str) -> None:
        findings[number] = Finding(listed[number - 1], outcome)
        note(findings[number])

    use_build(build)
    attacks = {number: each.attack for number, each in enumerate(listed, 1) if number not in alone}
    for result in run_mutants(tests, attacks, OnlyTheAttack({}), LOG):
        if result.number:
            add(result.number, result.outcome)
        elif result.outcome != SURVIVED:
            raise SystemExit(f"An attack succeeds on the original contracts: {result.killed_by or BROKEN}; see {LOG}.")
    for number in sorted(alone):
        single = builder.single(target, mutants[number])
        assert single is not None, f"without {listed[number - 1]} the contracts don't compile"
        use_build(single)
        outcome, _ = run_alone(tests, listed[number - 1].attack, OnlyTheAttack({}), LOG)
        add(number, outcome)
    return [findings[number] for number in sorted(findings)]
