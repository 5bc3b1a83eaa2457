"""`ape run prove` with a prover whose answers are known. Needs no prover."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from verification.symbolic import command
from verification.symbolic.properties import PROPERTIES
from verification.symbolic.prover import Outcome, Prover, Result
from verification.symbolic.runner import KNOWN_COUNTEREXAMPLE, KNOWN_FALSE

ITEM = next(
    each for each in PROPERTIES if not each.bounds and sum(each.name in other.name for other in PROPERTIES) == 1
)
NAME = ITEM.name


@dataclass(frozen=True)
class Answer:
    """What the command left."""

    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command on one property. `result` and `seeded` are the outcomes without and with its seeded bug."""

    def run_command(
        *options,
        only=NAME,
        result=Outcome.VERIFIED,
        seeded=Outcome.VIOLATED,
        known_false=KNOWN_COUNTEREXAMPLE,
    ):
        class KnownProver(Prover):
            def __init__(self, timeout):
                pass

            def check(self, contract, check, changed=None):
                if (contract, check) == KNOWN_FALSE:
                    return Result(Outcome.VIOLATED, 1, 1, f"p_number = {known_false}")
                return Result(seeded if changed else result, 1, 1, "some details")

        monkeypatch.setattr(command, "Prover", KnownProver)
        with pytest.raises(SystemExit) as exited:
            command.cli(["--only", only, *options])
        output = capsys.readouterr()
        return Answer(exited.value.code, output.out, output.err)

    return run_command


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome != Outcome.VERIFIED])
def test_exits_with_1_unless_the_property_is_verified(run, outcome):
    answer = run(result=outcome)
    assert answer.exit_code == 1
    assert f"{outcome}, expected verified" in answer.stdout
    assert "some details" in answer.stdout
    assert "0 of 1 properties verified" in answer.stdout


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome != Outcome.VIOLATED])
def test_exits_with_1_unless_the_seeded_bug_violates_the_property(run, outcome):
    answer = run(seeded=outcome)
    assert answer.exit_code == 1
    assert f"with its seeded bug {outcome}, expected violated" in answer.stdout


def test_exits_with_1_if_the_counterexample_of_the_known_false_check_is_wrong(run):
    answer = run(known_false="0x00")
    assert answer.exit_code == 1
    assert "did not find the counterexample" in answer.stderr
    assert answer.stdout == ""


def test_prints_a_line_for_each_property_and_a_summary(run):
    answer = run()
    assert answer.exit_code == 0
    assert answer.stdout.splitlines() == [
        f"✓ {NAME} verified in 2 s ({ITEM.invariants})",
        "1 of 1 properties verified; each of them fails on its seeded bug.",
    ]


def test_json_contains_both_results_of_each_property(run):
    answer = run("--json", seeded=Outcome.TIMED_OUT)
    assert answer.exit_code == 1
    document = json.loads(answer.stdout)
    assert (document["passed"], document["total"]) == (0, 1)
    (entry,) = document["properties"]
    assert (entry["name"], entry["passed"]) == (NAME, False)
    assert NAME in answer.stderr
    assert (entry["result"]["outcome"], entry["seeded_bug"]["outcome"]) == ("verified", "timed out")


def test_unknown_property_is_a_usage_error(run):
    answer = run(only="no such property")
    assert answer.exit_code == 2
    assert NAME in answer.stderr
