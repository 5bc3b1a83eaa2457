"""Payees with terms of their own: a limit for life, and an end."""

from __future__ import annotations

from decimal import Decimal

import pytest

from peculium import FOREVER, LimitedPayee, Payment
from peculium import exceptions as errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6


@pytest.fixture
def caterer(stranger):
    """A payee with terms of its own."""
    return stranger.address


@pytest.fixture
def agent_with(new_agent, caterer):
    """An agent that may pay the caterer on these terms, and the payee on none."""
    return lambda **terms: new_agent(limited_payees=(LimitedPayee(caterer, **terms),))


def test_more_than_its_limit_is_refused(agent_with, caterer, usdc):
    created = agent_with(limit=150)
    created.wallet.pay(created.agent, usdc.address, caterer, 100)
    with refuses(errors.PayeeLimitExceeded, payee=caterer, charge=50 * USD + 1, remaining=50 * USD):
        created.wallet.pay(created.agent, usdc.address, caterer, "50.000001")
    created.wallet.pay(created.agent, usdc.address, caterer, 50)
    assert created.wallet.read("paidTo", "USD", caterer) == 150 * USD


def test_its_limit_adds_up_over_the_tokens_of_the_currency(agent_with, caterer, usdc, dai):
    """A24."""
    created = agent_with(limit=100)
    created.wallet.pay(created.agent, usdc.address, caterer, 60)
    with refuses(errors.PayeeLimitExceeded, remaining=40 * USD):
        created.wallet.pay(created.agent, dai.address, caterer, 41)


def test_its_limit_adds_up_in_a_batch(agent_with, caterer, usdc):
    created = agent_with(limit=100)
    with refuses(errors.PayeeLimitExceeded, remaining=40 * USD):
        created.wallet.pay_batch(created.agent, [Payment(usdc.address, caterer, 60)] * 2)
    assert created.wallet.spent("USD") == 0


@pytest.mark.parametrize("days", [2, 40])
def test_its_limit_is_for_life_and_for_all_mandates(days, agent_with, caterer, usdc, replace_mandate, time_travel):
    """A10."""
    created = agent_with(limit=100)
    created.wallet.pay(created.agent, usdc.address, caterer, 60)
    time_travel(seconds=days * DAY)
    replace_mandate(created, limited_payees=(LimitedPayee(caterer, limit=100),))
    with refuses(errors.PayeeLimitExceeded, remaining=40 * USD):
        created.wallet.pay(created.agent, usdc.address, caterer, 41)


def test_a_limit_below_what_it_got_leaves_nothing(agent_with, caterer, usdc, replace_mandate):
    created = agent_with(limit=100)
    created.wallet.pay(created.agent, usdc.address, caterer, 60)
    replace_mandate(created, limited_payees=(LimitedPayee(caterer, limit=50),))
    with refuses(errors.PayeeLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, caterer, "0.000001")


def test_a_limit_of_zero_allows_nothing(agent_with, caterer, usdc):
    created = agent_with(limit=0)
    with refuses(errors.PayeeLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, caterer, "0.000001")


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_it_can_be_paid_before_its_end_and_not_from_then_on(offset, agent_with, caterer, usdc, now, time_travel):
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


def test_others_are_paid_as_ever(agent_with, payee, usdc, other_agent):
    created = agent_with(limit=1)
    created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    with refuses(errors.PayeeNotListed, payee=other_agent.address):
        created.wallet.pay(created.agent, usdc.address, other_agent.address, 1)


def test_without_limit_only_the_budgets_bind(agent_with, caterer, usdc):
    created = agent_with(valid_until=FOREVER)
    for _ in range(5):
        created.wallet.pay(created.agent, usdc.address, caterer, 100)
    with refuses(errors.WindowLimitExceeded):
        created.wallet.pay(created.agent, usdc.address, caterer, 1)
    assert created.wallet.read("paidTo", "USD", caterer) == 0


@pytest.mark.parametrize("count", [1, 2, 3, 30, 100])
def test_each_of_many_is_found_with_its_own_terms(count, new_agent, usdc, payee):
    crowd = [LimitedPayee(f"0x{7 * i + 1000:040x}", limit=Decimal(i + 1)) for i in range(count)]
    created = new_agent(limited_payees=crowd, payees=())
    for each in (crowd[0], crowd[count // 2], crowd[-1]):
        created.wallet.would_refuse(created.agent.address, usdc.address, each.payee, min(each.limit, 100))
        if each.limit < 100:
            with refuses(errors.PayeeLimitExceeded, remaining=int(each.limit) * USD):
                created.wallet.would_refuse(created.agent.address, usdc.address, each.payee, each.limit + 1)
    with refuses(errors.PayeeNotListed):
        created.wallet.would_refuse(created.agent.address, usdc.address, payee.address, 1)


@pytest.mark.parametrize("problem", ["twice", "also listed", "token", "wallet", "zero", "never valid"])
def test_a_payee_that_contradicts_is_refused_in_the_mandate(problem, new_agent, new_mandate, caterer, payee, usdc):
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
        created.wallet.send(
            created.principal, "setMandate", mandate.replacing(created.wallet.last_mandate_hash).as_tuple()
        )
    if problem != "wallet":
        with refuses(expected):
            mandate.check()


def test_limited_payees_out_of_order_are_refused_in_the_mandate(new_agent, new_mandate):
    """The package sorts them, so the argument is written by hand."""
    created = new_agent()
    lower, higher = (f"0x{number:040x}" for number in (1, 2))
    mandate = new_mandate(payees=(), limited_payees=(LimitedPayee(lower), LimitedPayee(higher)))
    values = list(mandate.replacing(created.wallet.last_mandate_hash).as_tuple())
    fields = list(values[6][0])
    fields[9] = fields[9][::-1]
    values[6] = [tuple(fields)]
    with refuses(errors.PayeesNotAscending, previous=higher, payee=lower):
        created.wallet.send(created.principal, "setMandate", tuple(values))


def test_the_lowest_address_may_have_terms_of_its_own(new_agent, usdc):
    lowest = f"0x{1:040x}"
    created = new_agent(payees=(), limited_payees=(LimitedPayee(lowest, limit=Decimal(5)),))
    created.wallet.pay(created.agent, usdc.address, lowest, 5)
    assert usdc.balance(lowest) == 5
