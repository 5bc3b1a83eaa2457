"""The quick lane: some hundred stories by fixed seeds, on a chain of their own, against the model; and proof that it would find out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from verification.scenarios.campaign import Report, run, shrunk
from verification.scenarios.fixtures import Cast
from verification.scenarios.injected_faults import DEFECTS, planted
from verification.scenarios.reach import LEAST_ACCEPTED, missing
from verification.scenarios.replay import script_of
from verification.scenarios.scenario import tell
from verification.scenarios.setup import own_cast

SEED, STORIES = 1, 200


@pytest.fixture(scope="module")
def cast() -> Iterator[Cast]:
    """A chain with everybody on it."""
    with own_cast() as everybody:
        yield everybody


@pytest.fixture(scope="module")
def campaign(cast: Cast) -> Report:
    """The quick lane."""
    return run(cast, SEED, STORIES)


@pytest.mark.slow
def test_stories_end_as_the_model_says(campaign, cast):
    """I1 to I9, I11, I12, I14, I17, I18, I20, I21, I24, I25, I28, I29."""
    if campaign.failure is not None:
        failure = shrunk(cast, campaign.failure)
        pytest.fail(f"{failure.difference}\n\n{script_of(failure)}")


@pytest.mark.slow
def test_stories_reach_what_is_declared(campaign):
    assert missing(campaign.reached) == []


@pytest.mark.slow
def test_enough_is_accepted(campaign):
    assert campaign.accepted >= LEAST_ACCEPTED


@pytest.mark.slow
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found(cast, defect):
    """Within the stories of the quick lane, so a weakened contract would be found by it too."""
    with planted(defect):
        report = run(cast, SEED, STORIES)
    assert report.failure is not None, f"{report.actions} actions didn't show it"


@pytest.mark.slow
def test_who_is_taken_off_a_list_without_being_on_it_leaves_the_token_frozen(cast):
    """The witness of I18 counted it as the end of a freeze, and told of a principal that couldn't withdraw."""
    story = [("pause_token", {"paused": True}), ("blacklist", {"account": "payee 1", "listed": False})]
    assert tell(cast, story).difference is None


@pytest.mark.slow
def test_a_failing_story_shrinks_to_its_cause(cast):
    with planted("I12: a guardian restores"):
        report = run(cast, SEED, STORIES)
        failure = shrunk(cast, report.failure)
        again = tell(cast, failure.steps)
    # A guardian is appointed, the agent is paused, the guardian restores it, and it shows.
    assert 3 <= len(failure.steps) <= 4
    assert again.difference == failure.difference
    assert tell(cast, failure.steps).difference is None
