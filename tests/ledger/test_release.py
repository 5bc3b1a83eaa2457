"""A released authorization leaves no trace: neither in a window nor in the counter (I3, I22)."""

import pytest

from peculium import decode_refusal
from verification.testing.ledger import CHARGE, HOLD, LARGEST, OPEN, RELEASE, SETTLE, START

HOUR = 3600


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


def test_refuses_to_release_or_settle_more_than_is_pending(harness):
    steps = [
        (OPEN, START, 0, 0, [], [450]),
        (CHARGE, START, 50, 100, [100], []),
        (HOLD, START, 20, 100, [100], []),
        (RELEASE, START, 21, 0, [], []),
        (SETTLE, START, 21, 0, [], []),
    ]
    outcomes = harness.read("play", steps)
    assert [outcome[0] for outcome in outcomes] == [True, True, True, False, False]
    assert outcomes[4][2:5] == ([70], 70, 20)


def test_released_amount_can_be_spent_exactly(charges):
    assert charges(100, (101, 100), (100, 100), (1, 100)) == [refused(100), None, refused(0)]
    assert charges(LARGEST, (10, 9), (9, 9), (1, 9)) == [refused(9), None, refused(0)]


def test_lifetime_limit_below_the_spent_amount_leaves_nothing_after_a_release(charges):
    """A new mandate can set such a limit."""
    assert charges(60, (20, 100), (1, 15)) == [None, refused(0)]


def test_authorizations_that_lapse_again_and_again_never_end_a_currency(harness):
    """An agent authorizes all that the counter can hold, lets it lapse, closes it, and repeats."""
    steps = [(OPEN, START, 0, 0, [], [450])]
    for hours in range(20):
        time = START + hours * HOUR
        steps += [(HOLD, time, LARGEST, LARGEST, [LARGEST], []), (RELEASE, time + 60, LARGEST, 0, [], [])]
    steps.append((CHARGE, START + 20 * HOUR, LARGEST, LARGEST, [LARGEST], []))
    outcomes = harness.read("play", steps)
    assert [outcome[0] for outcome in outcomes] == [True] * len(steps)
    assert [outcome[2:5] for outcome in outcomes[2:-1:2]] == [([0], 0, 0)] * 20


def test_release_restores_exactly_the_held_amount(harness):
    """In every window and for the lifetime limit."""
    trace = [
        (OPEN, START, 0, 0, [], [450, 10_800]),
        (CHARGE, START, 30, 100, [50, 100], []),
        (HOLD, START + 1, 20, 100, [50, 100], []),
        (RELEASE, START + 5_000, 20, 0, [], []),
        (CHARGE, START + 5_001, 50, 100, [50, 100], []),
        (CHARGE, START + 5_001, 1, 100, [51, 100], []),
    ]
    outcomes = harness.read("play", trace)
    assert [outcome[0] for outcome in outcomes] == [True] * 6
    assert outcomes[3][2:5] == ([0, 30], 30, 0)
