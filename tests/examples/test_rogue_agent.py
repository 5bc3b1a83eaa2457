"""The demo: it passes, and it would notice if something went through."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
APE = Path(sys.executable).parent / "ape"


@pytest.fixture(scope="module")
def told():
    """What `ape run demo --json` prints."""
    run = subprocess.run([APE, "run", "demo", "--json"], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(run.stdout[run.stdout.index("{") :])


def test_every_attempt_is_refused_and_moves_nothing(told):
    assert told["passed"]
    assert len(told["attempts"]) >= 20
    assert all(attempt["held"] and float(attempt["moved"]) == 0 for attempt in told["attempts"])


def test_the_sums_match_to_the_base_unit(told):
    from decimal import Decimal

    for sums in told["sums"].values():
        assert Decimal(sums["first"]) == Decimal(sums["paid"]) + Decimal(sums["home"])


def test_an_attempt_that_goes_through_is_not_held():
    from examples.rogue_agent.narration import Attempt
    from peculium import exceptions as errors

    assert not Attempt("", errors.NotPrincipal, lambda: None).held
    assert not Attempt("", errors.NotPrincipal, lambda: None, errors.NoMandate()).held
