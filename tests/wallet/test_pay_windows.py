"""Several rolling windows in one budget: every payment is within each of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from peculium import Pay, errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

HOUR, WEEK = 3600, 7 * DAY
USD = 10**6
FURTHER = ((timedelta(days=1), 500), (timedelta(days=7), 1_000))


@pytest.fixture
def created(checkpoint, new_agent):
    """The mandate allows 300 dollars per hour, 500 per day and 1,000 per week."""
    terms = {"window_length": timedelta(hours=1), "window_limit": 300, "further_windows": FURTHER}
    return checkpoint.share("created", lambda: new_agent(**terms))


@pytest.fixture
def spend(created, usdc, payee):
    """Pays whole dollars, in payments of at most 100."""

    def pay(amount):
        while amount:
            part = min(amount, Decimal(100))
            created.wallet.pay(created.agent, usdc.address, payee.address, part)
            amount -= part

    return pay


def test_refuses_a_payment_above_the_hourly_limit(created, spend, usdc, payee):
    spend(Decimal(250))
    with refuses(errors.WindowLimitExceeded, charge=51 * USD, remaining=50 * USD, length=HOUR):
        created.wallet.pay(created.agent, usdc.address, payee.address, 51)
    spend(Decimal(50))


def test_refuses_a_payment_above_the_daily_limit_after_the_hour(created, spend, time_travel, usdc, payee):
    spend(Decimal(300))
    time_travel(seconds=2 * HOUR)
    spend(Decimal(150))
    with refuses(errors.WindowLimitExceeded, charge=50 * USD + 1, remaining=50 * USD, length=DAY):
        created.wallet.pay(created.agent, usdc.address, payee.address, "50.000001")
    spend(Decimal(50))
    assert created.wallet.remaining("USD").now == 0


def test_refuses_a_payment_above_the_weekly_limit_after_the_day(created, spend, time_travel, usdc, payee):
    for _ in range(2):
        spend(Decimal(300))
        time_travel(seconds=2 * HOUR)
        spend(Decimal(200))
        time_travel(seconds=2 * DAY)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0, length=WEEK):
        created.wallet.pay(created.agent, usdc.address, payee.address, "0.000001")


def test_refuses_without_charging_any_window(created, spend, time_travel, usdc, payee):
    """A18. The check of the hour passes before that of the day fails."""
    spend(Decimal(300))
    time_travel(seconds=2 * HOUR)
    spend(Decimal(200))
    before = created.wallet.remaining("USD")
    with refuses(errors.WindowLimitExceeded, length=DAY):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    assert [each.remaining for each in created.wallet.remaining("USD").windows] == [
        each.remaining for each in before.windows
    ]
    assert created.wallet.spent("USD") == 500


def test_refuses_a_batch_whose_sum_exceeds_one_window(created, spend, time_travel, usdc, payee):
    spend(Decimal(300))
    time_travel(seconds=2 * HOUR)
    payments = [Pay(usdc.address, payee.address, "66.7")] * 3
    with refuses(errors.WindowLimitExceeded, length=DAY):
        created.wallet.pay_batch(created.agent, payments)
    assert created.wallet.spent("USD") == 300


@pytest.mark.parametrize("index", [0, 1, 2])
def test_capacity_returns_exactly_at_returns_at(index, created, spend, time_travel):
    """I26."""
    spend(Decimal(300))
    window = created.wallet.remaining("USD").windows[index]
    assert window.returns == 300
    width = int(window.length.total_seconds()) // 8
    assert window.returns_at.timestamp() % width == 0
    time_travel(to=int(window.returns_at.timestamp()) - 1)
    assert created.wallet.remaining("USD").windows[index].remaining == window.limit - 300
    time_travel(to=int(window.returns_at.timestamp()))
    after = created.wallet.remaining("USD").windows[index]
    assert (after.remaining, after.returns_at, after.returns) == (window.limit, None, 0)


def test_returns_at_is_none_before_any_spending(created):
    assert [each.returns_at for each in created.wallet.remaining("USD").windows] == [None] * 3


def test_remaining_lists_each_window_with_length_and_limit(created):
    state = created.wallet.remaining("USD")
    lengths = [timedelta(hours=1), timedelta(days=1), timedelta(days=7)]
    assert [each.length for each in state.windows] == lengths
    assert [each.limit for each in state.windows] == [300, 500, 1_000]


@pytest.mark.parametrize(
    "further",
    [(), FURTHER, FURTHER[1:], ((timedelta(days=30), 1_000),), (*FURTHER, (timedelta(days=30), 2_000))],
    ids=["none", "the same", "one dropped", "another", "one more"],
)
def test_new_windows_restore_no_capacity(further, created, spend, replace_mandate):
    """A10. Recent spending counts in every window of the next mandate."""
    spend(Decimal(300))
    replace_mandate(created, window_length=timedelta(hours=1), window_limit=300, further_windows=further)
    for window in created.wallet.remaining("USD").windows:
        assert window.remaining == window.limit - 300


def test_unchanged_window_keeps_the_times_of_its_spending(created, spend, replace_mandate, time_travel):
    spend(Decimal(300))
    week = created.wallet.remaining("USD").windows[2]
    time_travel(seconds=3 * DAY)
    replace_mandate(created, window_length=timedelta(days=7), window_limit=1_000)
    assert created.wallet.remaining("USD").windows[0].returns_at == week.returns_at


def test_window_of_a_new_length_starts_with_the_spending_of_the_longest(created, spend, replace_mandate, time_travel):
    spend(Decimal(300))
    time_travel(seconds=3 * DAY)
    replace_mandate(created, window_length=timedelta(days=2), window_limit=1_000)
    window = created.wallet.remaining("USD").windows[0]
    assert window.remaining == 700
    assert window.returns_at >= datetime.now(UTC)
