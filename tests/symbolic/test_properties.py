"""The quick proofs, each with its twin: the same contract with one planted bug, which has to be refuted. The others: `ape run prove`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from verification.symbolic.command import canary, is_shown
from verification.symbolic.properties import PROOFS, Proof
from verification.symbolic.prover import ERROR, NO_TEST, PROVEN, REFUTED, TIMED_OUT, Prover

PATIENCE = 300.0


@pytest.fixture(scope="session")
def prover() -> Prover:
    return Prover(PATIENCE)


def test_what_is_false_is_refuted(prover):
    assert canary(prover).outcome == REFUTED


def test_a_check_that_is_not_there_proves_nothing(prover):
    assert prover.ask("Canary", "check_noSuchCheck").outcome == NO_TEST


def test_no_answer_in_time_proves_nothing():
    assert Prover(0.01).ask("Canary", "check_noNumberIsThis").outcome == TIMED_OUT


@pytest.mark.parametrize("check", ["check_alwaysReverts", "check_loopsOn", "check_asksTheUnknown"])
def test_what_was_not_looked_at_is_not_proven(prover, check):
    assert prover.ask("Canary", check).outcome == ERROR


def test_a_case_in_which_the_theorem_itself_panics_is_not_proven(prover):
    assert prover.ask("Canary", "check_panicsOnce").outcome == REFUTED


def test_a_twin_that_passes_shows_nothing(prover):
    proven = prover.ask("Canary", "check_true")
    assert proven.outcome == PROVEN
    assert not is_shown(proven, proven)


@pytest.mark.parametrize("proof", [each for each in PROOFS if each.quick], ids=lambda each: each.name)
def test_proven_and_its_twin_refuted(prover, proof: Proof):
    real = prover.ask(proof.contract, proof.check)
    assert real.outcome == PROVEN, real.told
    twin = prover.ask(proof.contract, proof.check, proof.twin.planted())
    assert twin.outcome == REFUTED, twin.told


def test_every_theorem_is_listed():
    folder = Path(__file__).parent
    written = {
        f"{path.stem}.{check}"
        for path in folder.glob("*Proof.sol")
        for check in re.findall(r"function (check_\w+)", path.read_text())
    }
    assert written == {proof.name for proof in PROOFS}
