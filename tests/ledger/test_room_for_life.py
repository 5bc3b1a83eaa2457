"""The lifetime limit after authorizations were released: exact, and never above what the counter holds (I3, I22)."""

import pytest

from peculium import decode_refusal
from verification.testing.ledger import CHARGE, HOLD, LARGEST, OPEN, RELEASE, START


@pytest.fixture
def charges(harness):
    """Charges under limits for life, after an authorization of `released` was released: None, or (error, remaining)."""

    def run(released, *wanted):
        steps = [
            (OPEN, START, 0, 0, [], [450]),
            (HOLD, START, released, LARGEST, [LARGEST], []),
            (RELEASE, START, released, 0, [], []),
            *((CHARGE, START, amount, limit, [LARGEST], []) for amount, limit in wanted),
        ]
        refusals = [None if accepted else decode_refusal(data) for accepted, data, *_ in harness.read("play", steps)]
        assert refusals[:3] == [None] * 3
        return [each and (type(each).__name__, each.remaining) for each in refusals[3:]]

    return run


def refused(remaining):
    """The result of a charge above the limit."""
    return "LifetimeLimitExceeded", remaining


def test_released_amount_can_be_spent_exactly(charges):
    assert charges(100, (101, 100), (100, 100), (1, 100)) == [refused(100), None, refused(0)]


def test_refuses_a_charge_that_would_overflow_the_counter_after_a_release(charges):
    """The counter of everything ever charged has 96 bits. An overflow would restart it at zero."""
    assert charges(LARGEST - 10, (11, LARGEST), (10, LARGEST), (1, LARGEST)) == [refused(10), None, refused(0)]


def test_lifetime_limit_below_the_counter_applies_first(charges):
    assert charges(LARGEST - 10, (10, 9), (9, 9), (1, 9)) == [refused(9), None, refused(0)]


def test_lifetime_limit_below_the_spent_amount_leaves_nothing_after_a_release(charges):
    """A new mandate can set such a limit."""
    assert charges(60, (20, 100), (1, 15)) == [None, refused(0)]
