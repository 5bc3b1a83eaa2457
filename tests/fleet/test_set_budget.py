"""`setBudget`: the principal's limits over all its wallets, also while agents spend."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import InvalidInput, Window, errors
from peculium.mandate import MAX_LIMIT, MAX_WINDOW
from verification.testing.durations import DAY
from verification.testing.fleet import USD, fleet_refuses
from verification.testing.refusals import refuses

DAILY = timedelta(days=1)
WEEKLY = timedelta(days=7)
DAY_OF = (DAY, 600 * USD)
"""The fleet's window as the contract takes it."""


@pytest.fixture
def encode(fleet, principal):
    """Calls `setBudget` with encoded arguments, so that the package's own checks don't act. By default, the fleet's budget."""

    def call(currency="USD", decimals=6, lifetime=5_000 * USD, windows=(DAY_OF,)):
        return fleet.send(principal, "setBudget", currency, decimals, lifetime, list(windows))

    return call


# Refusals


@pytest.mark.parametrize("role", ["stranger", "agent", "other_principal", "guardian", "relayer"])
def test_refuses_others_than_the_principal(role, request, fleet, principal, suite):
    caller = request.getfixturevalue(role)
    suite.switch.set_guardian(principal, request.getfixturevalue("guardian").address)
    with refuses(errors.NotPrincipal, caller=caller.address, principal=principal.address):
        fleet.set_budget(caller, "USD", 10_000, [Window(DAILY, 10_000)])
    assert fleet.remaining("USD").lifetime_limit == 5_000


def test_refuses_the_agents_of_the_fleet(agents, fleet, principal):
    with refuses(errors.NotPrincipal, caller=agents[0].agent.address, principal=principal.address):
        fleet.set_budget(agents[0].agent, "USD", 10_000, [Window(DAILY, 10_000)])


@pytest.mark.parametrize("currency", ["", "usd", "US D", "US-D", "USDOLLARSUSDO", "ÜSD", "U\0D"])
def test_refuses_an_invalid_currency(currency, encode):
    with refuses(errors.InvalidCurrency, currency=currency):
        encode(currency=currency)


@pytest.mark.parametrize("decimals", [19, 31, 255])
def test_refuses_too_many_decimals(decimals, encode):
    with refuses(errors.InvalidBudgetDecimals, currency="EUR", decimals=decimals, maximum=18):
        encode(currency="EUR", decimals=decimals)


@pytest.mark.parametrize("decimals", [0, 5, 7, 18])
def test_refuses_other_decimals_than_those_first_set(decimals, encode):
    """What was counted in one unit can't be compared with limits in another."""
    with refuses(errors.FleetDecimals, currency="USD", given=decimals, expected=6):
        encode(decimals=decimals)


def test_refuses_other_decimals_after_every_limit_was_set_to_zero(encode):
    encode(lifetime=0, windows=[(DAY, 0)])
    with refuses(errors.FleetDecimals, currency="USD", given=7, expected=6):
        encode(decimals=7)


@pytest.mark.parametrize("count", [0, 5])
def test_refuses_no_window_and_more_than_four(count, encode):
    with refuses(errors.InvalidWindowCount, currency="USD", count=count, maximum=4):
        encode(windows=[(DAY * (i + 1), USD) for i in range(count)])


@pytest.mark.parametrize("length", [0, 3_592, 3_599, 3_601, 3_604, DAY + 1, MAX_WINDOW + 8])
def test_refuses_an_invalid_length_of_a_window(length, encode):
    with refuses(errors.InvalidWindowLength, currency="USD", length=length, minimum=3_600, maximum=MAX_WINDOW):
        encode(windows=[(length, USD)])


@pytest.mark.parametrize("second", [DAY, DAY - 8])
def test_refuses_windows_out_of_order(second, encode):
    with refuses(errors.WindowsNotAscending, currency="USD", previous=DAY, length=second):
        encode(windows=[DAY_OF, (second, 600 * USD)])


def test_refuses_a_longer_window_with_a_smaller_limit(encode):
    with refuses(errors.LimitsContradict, currency="USD", smaller=600 * USD, larger=600 * USD - 1):
        encode(windows=[DAY_OF, (7 * DAY, 600 * USD - 1)])


def test_refuses_a_lifetime_limit_below_that_of_a_window(encode):
    with refuses(errors.LimitsContradict, currency="USD", smaller=600 * USD, larger=600 * USD - 1):
        encode(lifetime=600 * USD - 1)


def test_refuses_an_amount_that_the_contract_cannot_hold(fleet, principal):
    """The package can't encode it."""
    too_much = Decimal(MAX_LIMIT + 1).scaleb(-6)
    with pytest.raises(InvalidInput, match="too large"):
        fleet.set_budget(principal, "USD", too_much, [Window(DAILY, 1)])
    with pytest.raises(InvalidInput, match="too large"):
        fleet.set_budget(principal, "USD", too_much, [Window(DAILY, too_much)])


# Budgets


@pytest.mark.parametrize("length", [3_600, MAX_WINDOW])
def test_accepts_the_shortest_and_the_longest_window_and_the_highest_limits(length, fleet, encode):
    encode(lifetime=MAX_LIMIT, windows=[(length, MAX_LIMIT)])
    assert fleet.read("remaining", "USD")[1] == MAX_LIMIT
    assert fleet.remaining("USD").windows[0].length == timedelta(seconds=length)


@pytest.mark.parametrize(("currency", "decimals"), [("A", 0), ("Z9", 18), ("ABCDEFGHIJKL", 6)])
def test_accepts_every_valid_currency(currency, decimals, fleet, encode):
    encode(currency=currency, decimals=decimals)
    assert fleet.remaining(currency).decimals == decimals


def test_emits_what_was_set_and_returns_it(fleet, principal):
    windows = (Window(DAILY, "600.5"), Window(WEEKLY, 2_000), Window(timedelta(days=28), 2_000))
    event = fleet.set_budget(principal, "USD", "5000.25", windows).event("FleetBudgetSet").arguments
    encoded = [(each.length.total_seconds(), each.limit * USD) for each in windows]
    assert (event["currency"], event["decimals"], event["lifetimeLimit"]) == ("USD", 6, 5_000_250_000)
    assert [tuple(each.values()) for each in event["windows"]] == encoded
    state = fleet.remaining("USD")
    assert (state.decimals, state.lifetime_limit, state.lifetime) == (6, Decimal("5000.25"), Decimal("5000.25"))
    assert [(each.length, each.limit, each.remaining) for each in state.windows] == [
        (each.length, each.limit, each.limit) for each in windows
    ]


def test_lower_limit_refuses_the_next_payment(fleet, principal, agents, pay, spend):
    spend(agents[0], 300)
    fleet.set_budget(principal, "USD", 5_000, [Window(DAILY, 350)])
    with fleet_refuses(errors.WindowLimitExceeded, charge=50 * USD + 1, remaining=50 * USD, length=DAY):
        pay(agents[1], "50.000001")
    pay(agents[1], 50)


def test_limit_below_what_was_spent_leaves_nothing(fleet, principal, agents, pay, spend):
    spend(agents[0], 300)
    fleet.set_budget(principal, "USD", 100, [Window(DAILY, 100)])
    state = fleet.remaining("USD")
    assert (state.lifetime, state.windows[0].remaining, state.now) == (0, 0, 0)
    with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0, length=DAY):
        pay(agents[1], "0.000001")


def test_higher_limit_allows_the_next_payment(fleet, principal, agents, pay, spend):
    spend(agents[0], 500)
    spend(agents[1], 100)
    with fleet_refuses(errors.WindowLimitExceeded, charge=100 * USD, remaining=0, length=DAY):
        pay(agents[2], 100)
    fleet.set_budget(principal, "USD", 5_000, [Window(DAILY, 700)])
    pay(agents[2], 100)
    assert fleet.remaining("USD").windows[0].remaining == 0


def test_setting_the_same_budget_again_refills_nothing(fleet, principal, agents, spend, state):
    spend(agents[0], 300)
    before = state()
    fleet.set_budget(principal, "USD", 5_000, [Window(DAILY, 600)])
    assert state() == before


@pytest.mark.parametrize(
    "windows",
    [
        [Window(WEEKLY, 600)],
        [Window(timedelta(hours=1), 600)],
        [Window(DAILY, 600), Window(WEEKLY, 600)],
        [Window(timedelta(hours=1), 600), Window(DAILY, 600)],
        [Window(timedelta(days=each), 600) for each in (1, 2, 3, 4)],
    ],
    ids=["longer", "shorter", "one more", "one before", "four"],
)
def test_other_windows_count_what_was_spent(windows, fleet, principal, agents, pay, spend):
    """I35. A change of windows never refills one."""
    spend(agents[0], 300)
    fleet.set_budget(principal, "USD", 5_000, windows)
    state = fleet.remaining("USD")
    assert [each.length for each in state.windows] == [each.length for each in windows]
    assert [each.remaining for each in state.windows] == [300] * len(windows)
    assert state.lifetime == 4_700
    spend(agents[1], 300)
    with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        pay(agents[2], "0.000001")


def test_fewer_windows_and_the_former_ones_again_refill_nothing(fleet, principal, agents, pay, spend):
    """I35."""
    both = [Window(DAILY, 600), Window(WEEKLY, 700)]
    fleet.set_budget(principal, "USD", 5_000, both)
    spend(agents[0], 500)
    fleet.set_budget(principal, "USD", 5_000, both[:1])
    fleet.set_budget(principal, "USD", 5_000, both)
    assert [each.remaining for each in fleet.remaining("USD").windows] == [100, 200]


def test_every_window_limits(fleet, principal, agents, pay, spend, time_travel):
    fleet.set_budget(principal, "USD", 5_000, [Window(DAILY, 600), Window(WEEKLY, 700)])
    spend(agents[0], 500)
    time_travel(seconds=2 * DAY)
    assert [each.remaining for each in fleet.remaining("USD").windows] == [600, 200]
    spend(agents[1], 200)
    with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0, length=7 * DAY):
        pay(agents[2], "0.000001")


def test_all_zero_stops_every_agent(fleet, principal, agents, pay, preauthorize):
    fleet.set_budget(principal, "USD", 0, [Window(DAILY, 0)])
    for agent in agents:
        with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0, length=DAY):
            pay(agent, "0.000001")
        with fleet_refuses(errors.WindowLimitExceeded, charge=100 * USD, remaining=0, length=DAY):
            preauthorize(agent)
    assert fleet.spent("USD") == 0


def test_all_zero_leaves_the_principal_its_way_out(fleet, principal, agents, usdc):
    """I34. No withdrawal, stop or mandate asks a guard that refuses everything."""
    fleet.set_budget(principal, "USD", 0, [Window(DAILY, 0)])
    wallet = agents[0].wallet
    wallet.withdraw_all(principal, usdc.address, principal.address)
    wallet.lift_mandate(principal)
    assert usdc.balance(principal.address) == 10**6
    assert wallet.mandate_hash == bytes(32)


def test_currencies_have_budgets_of_their_own(fleet, principal, agents, spend):
    fleet.set_budget(principal, "EUR", 50, [Window(DAILY, 50)], decimals=2)
    spend(agents[0], 300)
    assert (fleet.remaining("USD").now, fleet.remaining("EUR").now) == (300, 50)
    assert fleet.spent("EUR") == 0
