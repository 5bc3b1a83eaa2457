"""200 scenarios with fixed seeds agree with the model, and detect every injected fault."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from verification.scenarios.campaign import Report, run_campaign, shrink_failure
from verification.scenarios.fixtures import START, Fixtures
from verification.scenarios.injected_faults import FAULTS, inject
from verification.scenarios.reach import LEAST_ACCEPTED, missing
from verification.scenarios.replay import script_of
from verification.scenarios.scenario import run_scenario
from verification.scenarios.setup import deploy_fixtures

SEED, SCENARIOS = 4, 200
DAY = 86_400


@pytest.fixture(scope="module")
def fixtures() -> Iterator[Fixtures]:
    """A simulated chain."""
    with deploy_fixtures() as deployed:
        yield deployed


@pytest.fixture(scope="module")
def campaign(fixtures: Fixtures) -> Report:
    return run_campaign(fixtures, SEED, SCENARIOS)


def test_chain_agrees_with_the_model(campaign, fixtures):
    """I1 to I9, I11, I12, I14, I17, I18, I20, I21, I23 to I25, I28 to I36."""
    if campaign.failure is not None:
        failure = shrink_failure(fixtures, campaign.failure)
        pytest.fail(f"{failure.difference}\n\n{script_of(failure)}")


def test_reaches_every_required_outcome(campaign):
    assert missing(campaign.reached) == []


def test_accepts_enough_actions(campaign):
    assert campaign.accepted >= LEAST_ACCEPTED


@pytest.mark.parametrize("fault", FAULTS)
def test_detects_an_injected_fault(fixtures, fault):
    """The same scenarios, so they would detect the same fault in a contract."""
    with inject(fault):
        report = run_campaign(fixtures, SEED, SCENARIOS)
    assert report.failure is not None, f"{report.actions} actions did not detect it"


def test_unblacklisting_an_account_that_was_not_blacklisted_does_not_end_a_freeze(fixtures):
    """The oracle of I18 mistook this `UnBlacklisted` for the end of a freeze."""
    steps = [("pause_token", {"paused": True}), ("blacklist", {"account": "payee 1", "listed": False})]
    assert run_scenario(fixtures, steps).difference is None


def test_first_mandate_after_an_early_hand_over_is_not_revoked_by_sync(fixtures):
    """I30: once the wallet reported the epoch of the hand-over again, which was older than the mandate's."""
    wallet, owner, end = "wallet 4", "other principal", START + 30 * DAY
    mandate = {"shape": 10, "key": "agent 3", "start": START, "end": end, "principal": owner, "epoch": 1}
    steps = [
        ("create_wallet", {"sender": "stranger", "wallet": wallet, "principal": "principal"}),
        ("offer_hand_over", {"wallet": wallet, "sender": "principal", "to": owner, "deadline": START + 2 * DAY}),
        ("accept_hand_over", {"wallet": wallet, "sender": owner}),
        ("revoke_all", {"sender": owner, "principal": owner, "function": "revokeAll"}),
        ("set_mandate", {"wallet": wallet, "sender": owner, "stale": False, "seen": None, **mandate}),
        ("sync", {"sender": "stranger", "wallet": wallet}),
    ]
    result = run_scenario(fixtures, steps)
    assert result.difference is None
    assert all(result.reached[name, "done"] for name, _ in steps)


def test_shrinks_a_failing_scenario_to_its_cause(fixtures):
    with inject("I12: a guardian unpauses an agent"):
        report = run_campaign(fixtures, SEED, SCENARIOS)
        failure = shrink_failure(fixtures, report.failure)
        again = run_scenario(fixtures, failure.steps)
    # Appoint a guardian, pause the agent, unpause it as the guardian; a view or a payment shows the difference.
    assert 3 <= len(failure.steps) <= 4
    assert again.difference == failure.difference
    assert run_scenario(fixtures, failure.steps).difference is None
