"""Limited payees: payees with their own lifetime limit and end."""

from __future__ import annotations

from decimal import Decimal

import pytest

from peculium import FOREVER, LimitedPayee, Pay, errors
from verification.testing.altered_mandates import altered
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6


@pytest.fixture
def caterer(stranger):
    """The address of the limited payee."""
    return stranger.address


@pytest.fixture
def agent_with(new_agent, caterer):
    """Creates an agent that may pay the caterer on these terms, and the payee without any."""
    return lambda **terms: new_agent(limited_payees=(LimitedPayee(caterer, **terms),))


def test_refuses_a_payment_above_the_payees_limit(agent_with, caterer, usdc):
    created = agent_with(limit=150)
    created.wallet.pay(created.agent, usdc.address, caterer, 100)
    with refuses(errors.PayeeLimitExceeded, payee=caterer, charge=50 * USD + 1, remaining=50 * USD):
        created.wallet.pay(created.agent, usdc.address, caterer, "50.000001")
    created.wallet.pay(created.agent, usdc.address, caterer, 50)
    assert created.wallet.read("paidTo", "USD", caterer) == 150 * USD


def test_refuses_a_sum_above_the_limit_across_tokens(agent_with, caterer, usdc, dai):
    """A24."""
    created = agent_with(limit=100)
    created.wallet.pay(created.agent, usdc.address, caterer, 60)
    with refuses(errors.PayeeLimitExceeded, remaining=40 * USD):
        created.wallet.pay(created.agent, dai.address, caterer, 41)


def test_refuses_a_batch_whose_sum_exceeds_the_payees_limit(agent_with, caterer, usdc):
    created = agent_with(limit=100)
    with refuses(errors.PayeeLimitExceeded, remaining=40 * USD):
        created.wallet.pay_batch(created.agent, [Pay(usdc.address, caterer, 60)] * 2)
    assert created.wallet.spent("USD") == 0


@pytest.mark.parametrize("days", [2, 40])
def test_refuses_a_sum_above_the_limit_across_mandates(days, agent_with, caterer, usdc, replace_mandate, time_travel):
    """A10."""
    created = agent_with(limit=100)
    created.wallet.pay(created.agent, usdc.address, caterer, 60)
    time_travel(seconds=days * DAY)
    replace_mandate(created, limited_payees=(LimitedPayee(caterer, limit=100),))
    with refuses(errors.PayeeLimitExceeded, remaining=40 * USD):
        created.wallet.pay(created.agent, usdc.address, caterer, 41)


def test_refuses_any_payment_when_the_new_limit_is_below_the_sum_paid(agent_with, caterer, usdc, replace_mandate):
    created = agent_with(limit=100)
    created.wallet.pay(created.agent, usdc.address, caterer, 60)
    replace_mandate(created, limited_payees=(LimitedPayee(caterer, limit=50),))
    with refuses(errors.PayeeLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, caterer, "0.000001")


def test_refuses_any_payment_under_a_limit_of_zero(agent_with, caterer, usdc):
    created = agent_with(limit=0)
    with refuses(errors.PayeeLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, caterer, "0.000001")


@pytest.mark.parametrize("problem", ["twice", "also listed", "token", "wallet", "zero", "never valid"])
def test_refuses_a_mandate_with_an_invalid_limited_payee(problem, new_agent, new_mandate, caterer, payee, usdc):
    created = new_agent()
    until = {"never valid": created.mandate.valid_from}.get(problem, FOREVER)
    address = {"also listed": payee.address, "token": usdc.address, "wallet": created.wallet.address}.get(
        problem, "0x" + "00" * 20 if problem == "zero" else caterer
    )
    terms = (LimitedPayee(address, valid_until=until),) * (2 if problem == "twice" else 1)
    mandate = new_mandate(limited_payees=terms, valid_from=created.mandate.valid_from)
    expected = {
        "twice": errors.PayeesNotAscending,
        "also listed": errors.PayeeTwice,
        "never valid": errors.PayeeNeverValid,
    }.get(problem, errors.PayeeRefused)
    with refuses(expected):
        created.wallet.send(created.principal, "setMandate", mandate.in_round(created.wallet.round).as_tuple())
    if problem != "wallet":
        with refuses(expected):
            mandate.check()


def test_refuses_a_mandate_with_unsorted_limited_payees(new_agent, new_mandate):
    """`Mandate` sorts payees, so the test builds the argument itself."""
    created = new_agent()
    lower, higher = (f"0x{number:040x}" for number in (1, 2))
    mandate = new_mandate(payees=(), limited_payees=(LimitedPayee(lower), LimitedPayee(higher)))
    unsorted = altered(
        mandate.in_round(created.wallet.round), lambda message: message["budgets"][0]["limitedPayees"].reverse()
    )
    with refuses(errors.PayeesNotAscending, previous=higher, payee=lower):
        created.wallet.send(created.principal, "setMandate", unsorted)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_payee_is_valid_until_just_before_its_end(offset, agent_with, caterer, usdc, now, time_travel):
    """I21."""
    end = now() + DAY
    created = agent_with(valid_until=end)
    time_travel(to=end + offset)
    assert created.wallet.read("isPayee", usdc.address, caterer) is (offset < 0)
    if offset < 0:
        created.wallet.would_refuse(created.agent.address, usdc.address, caterer, 1)
        return
    with refuses(errors.PayeeExpired, payee=caterer, timestamp=end + offset, valid_until=end):
        created.wallet.would_refuse(created.agent.address, usdc.address, caterer, 1)


def test_limits_of_one_payee_do_not_affect_others(agent_with, payee, usdc, other_agent):
    created = agent_with(limit=1)
    created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    with refuses(errors.PayeeNotListed, payee=other_agent.address):
        created.wallet.pay(created.agent, usdc.address, other_agent.address, 1)


def test_payee_without_a_limit_is_bound_by_the_budget(agent_with, caterer, usdc):
    created = agent_with(valid_until=FOREVER)
    for _ in range(5):
        created.wallet.pay(created.agent, usdc.address, caterer, 100)
    with refuses(errors.WindowLimitExceeded):
        created.wallet.pay(created.agent, usdc.address, caterer, 1)
    assert created.wallet.read("paidTo", "USD", caterer) == 0


@pytest.mark.parametrize("count", [1, 2, 3, 30, 100])
def test_finds_the_terms_of_each_payee_among_many(count, new_agent, usdc, payee):
    terms_of_payees = [LimitedPayee(f"0x{7 * i + 1000:040x}", limit=Decimal(i + 1)) for i in range(count)]
    created = new_agent(limited_payees=terms_of_payees, payees=())
    for each in (terms_of_payees[0], terms_of_payees[count // 2], terms_of_payees[-1]):
        created.wallet.would_refuse(created.agent.address, usdc.address, each.payee, min(each.limit, 100))
        if each.limit < 100:
            with refuses(errors.PayeeLimitExceeded, remaining=int(each.limit) * USD):
                created.wallet.would_refuse(created.agent.address, usdc.address, each.payee, each.limit + 1)
    with refuses(errors.PayeeNotListed):
        created.wallet.would_refuse(created.agent.address, usdc.address, payee.address, 1)


def test_accepts_the_lowest_address_as_limited_payee(new_agent, usdc):
    lowest = f"0x{1:040x}"
    created = new_agent(payees=(), limited_payees=(LimitedPayee(lowest, limit=Decimal(5)),))
    created.wallet.pay(created.agent, usdc.address, lowest, 5)
    assert usdc.balance(lowest) == 5


def test_limit_counts_what_is_paid_while_it_stands(new_agent, replace_mandate, caterer, usdc):
    """What was paid to the payee before it had a limit of its own isn't known to the wallet."""
    created = new_agent(payees=(caterer,))
    created.wallet.pay(created.agent, usdc.address, caterer, 100)
    replace_mandate(created, limited_payees=(LimitedPayee(caterer, limit=50),))
    assert created.wallet.read("paidTo", "USD", caterer) == 0
    created.wallet.pay(created.agent, usdc.address, caterer, 50)
    with refuses(errors.PayeeLimitExceeded, payee=caterer, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, caterer, "0.000001")
