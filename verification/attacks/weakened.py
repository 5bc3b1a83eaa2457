"""Takes one check after the other out of the contracts, and plays the attack that has to succeed then (verification/attacks/weakened.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from verification.mutation.build import Workshop
from verification.mutation.mutants import Mutant
from verification.mutation.order import Order
from verification.mutation.runner import BROKEN, KILLED, SURVIVED, TIMED_OUT, once, prepare, trials
from verification.mutation.targets import Lane

ROOT = Path(__file__).parents[2]
LIST = Path("tests") / "attacks" / "weakened.toml"
LOG = ROOT / ".build" / "weakened.log"
REMOVED = ("removed check", "removed call", "removed assignment", "removed modifier")
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
    """What is taken out of a file, and the attack that has to find it."""

    file: str
    gone: str
    """The beginning of it."""
    attack: str
    """The test's name."""


@dataclass(frozen=True)
class Finding:
    """What became of a weakening."""

    weakening: Weakening
    outcome: str

    @property
    def found(self) -> bool:
        """Whether the attack succeeded, as it has to: its test failed, or never came to an end."""
        return self.outcome in (KILLED, TIMED_OUT)


class Only(Order):
    """Of all tests those of one attack: what stands for a mutant's place is the attack's name."""

    def sorted(self, tests: Sequence[str], place: str) -> list[str]:
        """Every variant of it."""
        return [test for test in tests if test.partition("::")[2].partition("[")[0] == place]


def listed() -> list[Weakening]:
    """All that are listed."""
    return [Weakening(**each) for each in tomllib.loads((ROOT / LIST).read_text())["weakening"]]


def chosen(workshop: Workshop, weakening: Weakening) -> Mutant:
    """The one mutant that is meant."""
    found = [
        each
        for each in workshop.mutants(weakening.file).values()
        if each.operator in REMOVED and " ".join(each.before.split()).startswith(weakening.gone)
    ]
    if len(found) != 1:
        raise SystemExit(f"{LIST}: {weakening.file} has {len(found)} of what begins with {weakening.gone!r}, not one.")
    return found[0]


def try_all(weakenings: list[Weakening], note: Callable[[Finding], None]) -> list[Finding]:
    """Each of them: most in one build, where they are chosen at run time; the others by themselves."""
    workshop = Workshop()
    tests = tuple(dict.fromkeys(f"tests/attacks/{file_of(each.attack)}::{each.attack}" for each in weakenings))
    lane = Lane("weakened", (), CONTRACTS, tests)
    mutants = {number: chosen(workshop, each) for number, each in enumerate(weakenings, 1)}
    alone = {number for number, mutant in mutants.items() if mutant.plain}
    codes, out = workshop.woven(lane, {number: each for number, each in mutants.items() if number not in alone})
    alone |= out
    findings: dict[int, Finding] = {}

    def found(number: int, outcome: str) -> None:
        findings[number] = Finding(weakenings[number - 1], outcome)
        note(findings[number])

    prepare(codes)
    places = {number: each.attack for number, each in enumerate(weakenings, 1) if number not in alone}
    for verdict in trials(tests, places, Only({}), LOG):
        if verdict.number:
            found(verdict.number, verdict.outcome)
        elif verdict.outcome != SURVIVED:
            raise SystemExit(f"Nothing was taken out, and an attack succeeds: {verdict.by or BROKEN}; see {LOG}.")
    for number in sorted(alone):
        single = workshop.single(lane, mutants[number])
        assert single is not None, f"{weakenings[number - 1]} doesn't compile"
        prepare(single)
        outcome, _ = once(tests, weakenings[number - 1].attack, Only({}), LOG)
        found(number, outcome)
    return [findings[number] for number in sorted(findings)]


def file_of(attack: str) -> str:
    """The file that an attack is in."""
    return next(
        path.name for path in (ROOT / "tests" / "attacks").glob("test_*.py") if f"def {attack}(" in path.read_text()
    )
