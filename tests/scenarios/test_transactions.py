"""The same stories, mined: what a simulation says is what transactions do, before and after a reorganization."""

from __future__ import annotations

import pytest

from verification.scenarios.campaign import run, shrunk
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.injected_faults import planted
from verification.scenarios.replay import script_of
from verification.scenarios.setup import own_cast

SEED, STORIES = 7, 25


@pytest.fixture(scope="module")
def cast():
    """A chain that mines."""
    with own_cast(Transactions) as everybody:
        yield everybody


@pytest.mark.slow
def test_transactions_end_as_the_model_says(cast):
    report = run(cast, SEED, STORIES)
    if report.failure is not None:
        failure = shrunk(cast, report.failure)
        pytest.fail(f"{failure.difference}\n\n{script_of(failure)}")
    assert report.actions > 200 * STORIES


@pytest.mark.slow
def test_a_planted_defect_is_found(cast):
    with planted("I1: a charge is rounded down"):
        assert run(cast, SEED, STORIES).failure is not None
