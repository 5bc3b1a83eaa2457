"""`FleetBudget`: whole units, and what an agent reads when its fleet refuses."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from peculium import FleetBudget, FleetRemaining, InvalidInput, Window, WindowState, errors
from peculium.mandate import NO_LIMIT
from verification.testing.durations import DAY

DAILY = timedelta(days=1)
GUARD = "0x00000000000000000000000000000000000f1ee7"


@pytest.fixture
def fleet(web3, deploy, suite, principal):
    """A fleet budget of 500.25 USD in any 24 hours and 2,000 for life."""
    budget = FleetBudget(web3, deploy("FleetBudget", suite.factory.address, principal.address).address)
    budget.set_budget(principal, "USD", "2000", [Window(DAILY, "500.25")])
    return budget


@pytest.fixture
def bound(fleet, new_agent):
    """An agent under the fleet, with higher limits of its own."""
    return new_agent(guard=fleet.address, payment_limit=5_000, window_limit=5_000)


@pytest.fixture
def refuse(bound, usdc, payee):
    """The error of a payment that the fleet refuses."""

    def make(amount):
        with pytest.raises(errors.GuardRefused) as caught:
            bound.wallet.pay(bound.agent, usdc.address, payee.address, amount)
        return caught.value

    return make


# Amounts


@pytest.mark.parametrize("amount", ["0.0000001", Decimal("0.0000001"), -1, "-1", "many", float("nan"), 0.1, None])
def test_refuses_amounts_that_are_no_whole_base_units(amount, fleet, principal):
    with pytest.raises(InvalidInput):
        fleet.set_budget(principal, "USD", amount, [Window(DAILY, 0)])


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (errors.InvalidCurrency, {"currency": "usd"}),
        (errors.InvalidBudgetDecimals, {"decimals": 19}),
        (errors.InvalidWindowCount, {"windows": []}),
        (errors.InvalidWindowLength, {"windows": [Window(timedelta(minutes=59), 1)]}),
        (errors.InvalidWindowLength, {"windows": [Window(timedelta(days=2_000), 1)]}),
        (errors.WindowsNotAscending, {"windows": [Window(DAILY, 1), Window(DAILY, 1)]}),
        (errors.LimitsContradict, {"windows": [Window(DAILY, 2_001)]}),
    ],
)
def test_refuses_an_invalid_budget_before_it_asks_the_chain(error, changes, principal, web3):
    """At an address without code the chain could not refuse it."""
    arguments = {"currency": "USD", "lifetime_limit": 2_000, "windows": [Window(DAILY, 1)], **changes}
    with pytest.raises(error):
        FleetBudget(web3, GUARD).set_budget(principal, **arguments)


@pytest.mark.parametrize("amount", [Decimal("12.5"), "12.5", "12.500000"])
def test_takes_and_returns_whole_units(amount, fleet, principal):
    fleet.set_budget(principal, "USD", amount, [Window(DAILY, amount)])
    assert fleet.read("remaining", "USD")[1] == 12_500_000
    state = fleet.remaining("USD")
    assert state == FleetRemaining(
        decimals=6,
        lifetime_limit=Decimal("12.5"),
        lifetime=Decimal("12.5"),
        pending=Decimal(0),
        windows=(WindowState(DAILY, Decimal("12.5"), Decimal("12.5"), None, Decimal(0)),),
    )
    assert all(isinstance(each, Decimal) for each in (state.now, state.pending, fleet.spent("USD")))


def test_no_limit_is_the_highest_limit(fleet, principal):
    fleet.set_budget(principal, "USD", NO_LIMIT, [Window(DAILY, "500.25")])
    assert fleet.read("remaining", "USD")[1] == 2**96 - 1


def test_charges_of_an_agent_are_whole_units(fleet, bound, usdc, payee):
    bound.wallet.pay(bound.agent, usdc.address, payee.address, "0.25")
    state = fleet.remaining("USD")
    assert (fleet.spent("USD"), state.lifetime, state.now) == (Decimal("0.25"), Decimal("1999.75"), 500)
    assert state.windows[0].returns == Decimal("0.25")
    assert state.windows[0].returns_at > datetime.now(UTC)


# What an agent reads


def test_agent_reads_what_the_fleet_has_left_of_which_window_and_what_to_do(fleet, refuse):
    error = refuse("500.250001")
    assert type(error.refusal) is errors.WindowLimitExceeded
    assert (error.refusal.charge, error.refusal.remaining, error.refusal.length) == (500_250_001, 500_250_000, DAY)
    assert str(error) == (
        f"The guard {fleet.address} refuses. The charge is 500.250001 USD; 500.25 USD remains in the guard's rolling "
        "window of 24 hours, which the principal's other agents can share. Pay at most that, wait until more returns "
        "(FleetBudget.remaining says when), or ask the principal to raise the guard's limit."
    )


def test_agent_reads_what_remains_of_the_lifetime_limit(fleet, bound, principal, usdc, payee, refuse, time_travel):
    bound.wallet.pay(bound.agent, usdc.address, payee.address, 300)
    fleet.set_budget(principal, "USD", 700, [Window(DAILY, "500.25")])
    time_travel(seconds=2 * DAY)
    error = refuse("400.5")
    assert type(error.refusal) is errors.LifetimeLimitExceeded
    assert str(error) == (
        f"The guard {fleet.address} refuses. The charge is 400.5 USD; 400 USD remains of the guard's lifetime limit, "
        "which the principal's other agents can share. Pay at most that, or ask the principal to "
        "raise the guard's limit."
    )


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (DAY, "24 hours"),
        (2 * DAY, "2 days"),
        (3_600, "60 minutes"),
        (7_200, "2 hours"),
        (7_208, "7208 seconds"),
        (DAY + 3_600, "25 hours"),
        (5_400, "90 minutes"),
    ],
)
def test_length_of_a_window_is_readable(length, text):
    refusal = errors.WindowLimitExceeded(charge=2, remaining=1, length=length)
    assert f"rolling window of {text}, " in str(errors.GuardRefused(refusal, guard=GUARD, reason=b""))


def test_refusal_without_a_text_of_its_own_keeps_its_message():
    refusal = errors.NoFleetBudget(currency="EUR")
    assert str(errors.GuardRefused(refusal, guard=GUARD, reason=b"")) == f"The guard {GUARD} refuses. {refusal}"


def test_program_reads_the_refusal_as_data(refuse):
    shown = json.loads(json.dumps(refuse(501).as_dict()))
    assert shown["code"] == "GuardRefused"
    assert shown["refusal"]["code"] == "WindowLimitExceeded"
    assert shown["refusal"]["arguments"] == {"charge": 501_000_000, "remaining": 500_250_000, "length": DAY}


def test_refusal_survives_pickling(refuse):
    error = refuse(501)
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.as_dict()) == (str(error), error.as_dict())


def test_simulation_raises_the_same(bound, usdc, payee, refuse):
    """An agent can ask before it pays."""
    with pytest.raises(errors.GuardRefused) as caught:
        bound.wallet.would_refuse(bound.agent.address, usdc.address, payee.address, 501)
    assert str(caught.value) == str(refuse(501))
