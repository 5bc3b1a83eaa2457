"""Mined transactions agree with the model too, before and after a reorganization."""

from __future__ import annotations

import pytest

from verification.scenarios.campaign import run_campaign, shrink_failure
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.injected_faults import inject
from verification.scenarios.replay import script_of
from verification.scenarios.setup import deploy_fixtures

SEED, SCENARIOS = 7, 25


@pytest.fixture(scope="module")
def fixtures():
    """A chain that mines."""
    with deploy_fixtures(Transactions) as deployed:
        yield deployed


@pytest.mark.slow
def test_transactions_agree_with_the_model(fixtures):
    report = run_campaign(fixtures, SEED, SCENARIOS)
    if report.failure is not None:
        failure = shrink_failure(fixtures, report.failure)
        pytest.fail(f"{failure.difference}\n\n{script_of(failure)}")
    assert report.actions > 200 * SCENARIOS


@pytest.mark.slow
def test_detects_an_injected_fault(fixtures):
    with inject("I1: a charge is rounded down"):
        assert run_campaign(fixtures, SEED, SCENARIOS).failure is not None
