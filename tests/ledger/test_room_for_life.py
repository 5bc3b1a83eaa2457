"""The limit for life, once authorizations have been given back: to the unit, and never past what the counter holds (I3, I22)."""

import pytest

from peculium import decode_refusal
from tests.ledger.test_spend_ledger import LARGEST, START
from tests.ledger.test_windows_and_pending import CHARGE, GIVE_BACK, HOLD, OPEN


@pytest.fixture(scope="session")
def harness(deploy):
    """The library behind one call."""
    return deploy("SpendLedgerHarness")


@pytest.fixture(scope="session")
def charges(harness):
    """Charges under limits for life, after an authorization of `returned` was given back: None, or (error, remaining)."""

    def play(returned, *wanted):
        story = [
            (OPEN, START, 0, 0, [], [450]),
            (HOLD, START, returned, LARGEST, [LARGEST], []),
            (GIVE_BACK, START, returned, 0, [], []),
            *((CHARGE, START, amount, limit, [LARGEST], []) for amount, limit in wanted),
        ]
        refusals = [None if accepted else decode_refusal(data) for accepted, data, *_ in harness.read("play", story)]
        assert refusals[:3] == [None] * 3
        return [each and (type(each).__name__, each.remaining) for each in refusals[3:]]

    return play


def refused(remaining):
    """What a charge beyond it is told."""
    return "LifetimeLimitExceeded", remaining


def test_what_was_given_back_may_be_spent_to_the_unit(charges):
    assert charges(100, (101, 100), (100, 100), (1, 100)) == [refused(100), None, refused(0)]


def test_what_was_given_back_makes_no_more_room_than_the_counter_has(charges):
    """What was ever charged is kept, and has 96 bits: a charge past them would begin from nothing again."""
    assert charges(LARGEST - 10, (11, LARGEST), (10, LARGEST), (1, LARGEST)) == [refused(10), None, refused(0)]


def test_a_limit_smaller_than_that_room_counts_first(charges):
    assert charges(LARGEST - 10, (10, 9), (9, 9), (1, 9)) == [refused(9), None, refused(0)]


def test_a_limit_below_what_is_used_leaves_nothing_also_then(charges):
    """A new mandate may set it so."""
    assert charges(60, (20, 100), (1, 15)) == [None, refused(0)]
