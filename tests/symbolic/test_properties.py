"""The properties that take seconds, each with its seeded bug. `make prove` checks the others too.

Tests that run the prover are marked slow, because `make prover` installs it separately.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from toolchain.compiler import solve, standard_input
from verification.symbolic.properties import PROPERTIES, Property, SeededBug
from verification.symbolic.prover import Outcome, Prover
from verification.symbolic.runner import Run, require_known_false, run_property

TIMEOUT = 300.0
ROOT = Path(__file__).parents[2]
PROOFS = ROOT / "verification" / "symbolic" / "proofs"
QUICK = [item for item in PROPERTIES if not item.slow]


@pytest.fixture(scope="session")
def prover() -> Prover:
    return Prover(TIMEOUT)


# Without the prover


def test_every_check_of_the_proofs_is_listed():
    written = {
        f"{path.stem}.{check}"
        for path in PROOFS.glob("*Proof.sol")
        for check in re.findall(r"function (check_\w+)", path.read_text())
    }
    assert written
    assert written == {item.name for item in PROPERTIES}


@pytest.mark.parametrize("item", PROPERTIES, ids=lambda item: item.name)
def test_seeded_bug_changes_one_place_of_a_source(item: Property):
    """`sources` raises unless the text occurs exactly once."""
    assert item.seeded_bug.sources().keys() == {item.seeded_bug.path}


def _together(bugs: Iterable[SeededBug]) -> tuple[dict[str, str], list[SeededBug]]:
    """The sources with as many bugs at once as don't overlap, and the others."""
    sources: dict[str, str] = {}
    others = []
    for bug in bugs:
        text = sources.get(bug.path, (ROOT / bug.path).read_text())
        if text.count(bug.before) == 1:
            sources[bug.path] = text.replace(bug.before, bug.after)
        else:
            others.append(bug)
    return sources, others


@pytest.mark.slow
def test_seeded_bugs_compile():
    """Also those of properties that only `make prove` checks."""
    left = [item.seeded_bug for item in PROPERTIES if item.seeded_bug.path.startswith("contracts/")]
    while left:
        count = len(left)
        sources, left = _together(left)
        assert len(left) < count
        task = standard_input({path: {"": ["ast"]} for path in sources})
        task["sources"] |= {path: {"content": text} for path, text in sources.items()}
        solve(task)


# With the prover


@pytest.mark.slow
def test_finds_the_counterexample_of_the_known_false_check(prover):
    assert require_known_false(prover).outcome == Outcome.VIOLATED


@pytest.mark.slow
def test_unknown_check_is_not_verified(prover):
    assert prover.check("KnownFalse", "check_noSuchCheck").outcome == Outcome.NOT_FOUND


@pytest.mark.slow
def test_timeout_is_not_verified():
    assert Prover(0.01).check("KnownFalse", "check_noNumberIsThis").outcome == Outcome.TIMED_OUT


@pytest.mark.slow
@pytest.mark.parametrize("check", ["check_alwaysReverts", "check_exceedsTheLoopBound", "check_allocatesASymbolicSize"])
def test_check_that_was_not_executed_completely_is_an_error(prover, check):
    assert prover.check("KnownFalse", check).outcome == Outcome.ERROR


@pytest.mark.slow
def test_panic_in_the_check_itself_is_a_violation(prover):
    assert prover.check("KnownFalse", "check_panics").outcome == Outcome.VIOLATED


@pytest.mark.slow
def test_property_fails_if_its_seeded_bug_is_not_detected(prover):
    verified = prover.check("KnownFalse", "check_true")
    assert verified.outcome == Outcome.VERIFIED
    assert not Run(PROPERTIES[0], verified, verified).passed


@pytest.mark.slow
@pytest.mark.parametrize("item", QUICK, ids=lambda item: item.name)
def test_property_is_verified_and_fails_on_its_seeded_bug(prover, item: Property):
    run = run_property(prover, item)
    assert run.result.outcome == Outcome.VERIFIED, run.result.details
    assert run.seeded.outcome == Outcome.VIOLATED, run.seeded.details
