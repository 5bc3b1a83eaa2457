"""`remaining` and `spent`: what anybody can read of a fleet budget."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import Window, errors
from verification.testing.durations import DAY
from verification.testing.fleet import USD, fleet_refuses
from verification.testing.refusals import refuses

WEEK = 7 * DAY
BUCKETS = (DAY // 8, WEEK // 8)


@pytest.fixture
def two_windows(fleet, principal):
    """600 USD in any 24 hours, 1,000 in any seven days, 5,000 for life."""
    windows = [Window(timedelta(days=1), 600), Window(timedelta(days=7), 1_000)]
    return fleet.set_budget(principal, "USD", 5_000, windows)


@pytest.mark.parametrize("currency", ["EUR", "usd", ""])
def test_refuses_a_currency_without_a_budget(currency, fleet):
    with refuses(errors.NoFleetBudget, currency=currency):
        fleet.remaining(currency)
    with refuses(errors.NoFleetBudget, currency=currency):
        fleet.spent(currency)


def test_contract_reports_nothing_spent_in_a_currency_without_a_budget(fleet):
    assert fleet.read("spent", "EUR") == 0


def test_new_budget_is_whole(fleet, two_windows):
    state = fleet.remaining("USD")
    assert (state.decimals, state.lifetime_limit, state.lifetime, state.pending) == (6, 5_000, 5_000, 0)
    assert [(each.limit, each.remaining, each.returns_at, each.returns) for each in state.windows] == [
        (600, 600, None, 0),
        (1_000, 1_000, None, 0),
    ]
    assert (state.now, fleet.spent("USD")) == (600, 0)


def test_reports_all_agents_together(fleet, agents, two_windows, pay, preauthorize, spend, now, time_travel):
    time_travel(seconds=WEEK - now() % WEEK)
    first = now()
    spend(agents[0], 300)
    pay(agents[1], "0.5")
    preauthorize(agents[2], 40)
    state = fleet.remaining("USD")
    assert (state.lifetime, state.pending, fleet.spent("USD")) == (Decimal("4659.5"), 40, Decimal("340.5"))
    for window, bucket, limit in zip(state.windows, BUCKETS, (600, 1_000), strict=True):
        assert window.remaining == limit - Decimal("340.5")
        assert window.returns_at.timestamp() == (first // bucket + 9) * bucket
        assert window.returns == Decimal("300.5")
    assert state.now == Decimal("259.5")


def test_what_it_reports_as_now_is_accepted_and_no_unit_more(fleet, agents, two_windows, pay, spend):
    spend(agents[0], 500)
    pay(agents[1], "12.345678")
    left = fleet.remaining("USD").now
    assert left == Decimal("87.654322")
    with fleet_refuses(errors.WindowLimitExceeded, charge=int(left * USD) + 1, remaining=int(left * USD)):
        pay(agents[2], left + Decimal("0.000001"))
    pay(agents[2], left)
    assert fleet.remaining("USD").now == 0


def test_now_is_what_the_scarcest_limit_leaves(fleet, agents, principal, two_windows, spend, time_travel):
    spend(agents[0], 500)
    time_travel(seconds=2 * DAY)
    assert fleet.remaining("USD").now == 500
    spend(agents[1], 200)
    assert fleet.remaining("USD").now == 300
    fleet.set_budget(principal, "USD", 1_000, [Window(timedelta(days=1), 600), Window(timedelta(days=7), 1_000)])
    time_travel(seconds=9 * DAY)
    assert [each.remaining for each in fleet.remaining("USD").windows] == [600, 1_000]
    assert fleet.remaining("USD").now == 300


def test_reading_later_rolls_the_windows_without_a_transaction(fleet, agents, two_windows, spend, time_travel):
    spend(agents[0], 300)
    expected = [fleet.remaining("USD").windows[i] for i in range(2)]
    for i, window in enumerate(expected):
        time_travel(to=int(window.returns_at.timestamp()) - 1)
        assert fleet.remaining("USD").windows[i].remaining == window.remaining
        time_travel(to=int(window.returns_at.timestamp()))
        state = fleet.remaining("USD").windows[i]
        assert (state.remaining, state.returns_at) == (window.limit, None)


def test_amounts_are_whole_units_of_the_currency(fleet, principal):
    fleet.set_budget(principal, "ETH", "1.5", [Window(timedelta(days=1), "0.000000000000000001")], decimals=18)
    state = fleet.remaining("ETH")
    assert (state.lifetime_limit, state.windows[0].limit) == (Decimal("1.5"), Decimal("1e-18"))
