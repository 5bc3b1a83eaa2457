"""How a report of the prover is read. Needs no prover."""

from __future__ import annotations

import json

import pytest

from verification.symbolic.prover import Outcome, parse_result

COUNTEREXAMPLE = "Counterexample:\n    p_number_uint256 = 0x01352a35\n[FAIL] check_x(uint256)"


@pytest.fixture
def outcome(tmp_path):
    """The outcome of a report with these checks, each `(exit code, bounded loops)`, and this output."""

    def parse(*checks, output=""):
        report = tmp_path / "result.json"
        results = [{"exitcode": code, "num_paths": [3], "num_bounded_loops": loops} for code, loops in checks]
        report.write_text(json.dumps({"test_results": {"proofs/X.sol:X": results}}))
        return parse_result(report, output, 1.0).outcome

    return parse


def test_missing_report_is_not_found(tmp_path):
    assert parse_result(tmp_path / "result.json", "no output", 1.0).outcome == Outcome.NOT_FOUND


def test_report_without_or_with_several_checks_is_not_found(outcome):
    assert outcome() == Outcome.NOT_FOUND
    assert outcome((0, 0), (0, 0)) == Outcome.NOT_FOUND


def test_success_is_verified(outcome):
    assert outcome((0, 0)) == Outcome.VERIFIED


def test_success_with_an_exceeded_loop_bound_is_an_error(outcome):
    assert outcome((0, 1)) == Outcome.ERROR


def test_counterexample_is_a_violation(outcome):
    assert outcome((1, 0), output=COUNTEREXAMPLE) == Outcome.VIOLATED


def test_failure_without_a_valid_counterexample_is_an_error(outcome):
    invalid = COUNTEREXAMPLE.replace("Counterexample:", "Counterexample (potentially invalid):")
    assert outcome((1, 0)) == Outcome.ERROR
    assert outcome((1, 0), output=invalid) == Outcome.ERROR


@pytest.mark.parametrize(("code", "expected"), [(2, Outcome.TIMED_OUT), (3, Outcome.ERROR), (128, Outcome.ERROR)])
def test_other_exit_codes_are_no_success(outcome, code, expected):
    assert outcome((code, 0)) == expected
