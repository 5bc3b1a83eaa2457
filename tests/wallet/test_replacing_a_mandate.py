"""Replacing a mandate: earlier spending counts under every later mandate, in the windows and for life."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import Budget, Token, Window, errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6
BUCKET = DAY // 8


@pytest.fixture
def agent_at_its_limit(new_agent, usdc, payee):
    """An agent that has spent its window limit of 500 USD."""
    created = new_agent(payment_limit=500)
    created.wallet.pay(created.agent, usdc.address, payee.address, 500)
    return created


def lift_and_set(created, replace_mandate, **overrides):
    created.wallet.lift_mandate(created.principal)
    replace_mandate(created, **overrides)


def set_directly(created, replace_mandate, **overrides):
    replace_mandate(created, **overrides)


REPLACEMENT = pytest.mark.parametrize("replacement", [set_directly, lift_and_set])


@REPLACEMENT
def test_refuses_payments_above_the_window_limit_after_replacement(
    replacement, agent_at_its_limit, replace_mandate, usdc, payee
):
    """I2."""
    replacement(agent_at_its_limit, replace_mandate, payment_limit=500)
    assert agent_at_its_limit.wallet.remaining("USD").window == 0
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        agent_at_its_limit.wallet.pay(agent_at_its_limit.agent, usdc.address, payee.address, "0.000001")


@REPLACEMENT
def test_refuses_payments_above_the_lifetime_limit_after_replacement(
    replacement, agent_at_its_limit, replace_mandate, usdc, payee, time_travel
):
    """I3."""
    time_travel(seconds=2 * DAY)
    replacement(agent_at_its_limit, replace_mandate, payment_limit=500, window_limit=500, lifetime_limit=501)
    assert agent_at_its_limit.wallet.spent("USD") == 500
    with refuses(errors.LifetimeLimitExceeded, charge=USD + 1, remaining=USD):
        agent_at_its_limit.wallet.pay(agent_at_its_limit.agent, usdc.address, payee.address, "1.000001")
    agent_at_its_limit.wallet.pay(agent_at_its_limit.agent, usdc.address, payee.address, 1)


@REPLACEMENT
def test_refuses_a_new_agent_key_above_the_window_limit(
    replacement, agent_at_its_limit, replace_mandate, other_agent, usdc, payee
):
    """I2, I5."""
    replacement(agent_at_its_limit, replace_mandate, payment_limit=500, agent_key=other_agent.address)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        agent_at_its_limit.wallet.pay(other_agent, usdc.address, payee.address, "0.000001")


@REPLACEMENT
def test_refuses_another_token_above_the_window_limit(replacement, agent_at_its_limit, replace_mandate, dai, payee):
    """I2."""
    replacement(agent_at_its_limit, replace_mandate, payment_limit=500, tokens=[Token(dai.address, 18)])
    with refuses(errors.WindowLimitExceeded, charge=USD, remaining=0):
        agent_at_its_limit.wallet.pay(agent_at_its_limit.agent, dai.address, payee.address, 1)


def test_refuses_payments_above_what_a_wider_limit_adds(agent_at_its_limit, replace_mandate, usdc, payee):
    """I2."""
    replace_mandate(agent_at_its_limit, payment_limit=700, window_limit=700)
    assert agent_at_its_limit.wallet.remaining("USD").window == 200
    with refuses(errors.WindowLimitExceeded, charge=201 * USD, remaining=200 * USD):
        agent_at_its_limit.wallet.pay(agent_at_its_limit.agent, usdc.address, payee.address, 201)
    agent_at_its_limit.wallet.pay(agent_at_its_limit.agent, usdc.address, payee.address, 200)


def test_refuses_every_payment_when_new_limits_are_below_the_spending(agent_at_its_limit, replace_mandate, usdc, payee):
    """I2, I3. The subtraction does not underflow."""
    replace_mandate(agent_at_its_limit, payment_limit=1, window_limit=2, lifetime_limit=3)
    remaining = agent_at_its_limit.wallet.remaining("USD")
    assert (remaining.payment, remaining.window, remaining.lifetime) == (1, 0, 0)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        agent_at_its_limit.wallet.pay(agent_at_its_limit.agent, usdc.address, payee.address, "0.000001")


@REPLACEMENT
@pytest.mark.parametrize("given", [0, 5, 7, 18])
def test_refuses_other_decimals_for_a_currency(replacement, given, created, replace_mandate):
    """I3. The ledger adds old and new amounts, so their unit must not change."""
    with refuses(errors.BudgetDecimalsChanged, currency="USD", given=given, expected=6):
        replacement(created, replace_mandate, decimals=given)


def test_refuses_other_decimals_for_a_currency_without_spending(created, replace_mandate, usdc, payee):
    replace_mandate(created, currency="EUR", decimals=2)
    with refuses(errors.BudgetDecimalsChanged, currency="EUR", given=6, expected=2):
        replace_mandate(created, currency="EUR")


def test_refuses_a_mandate_whose_signer_saw_less_spending(created, replace_mandate, usdc, payee):
    """I16. A mandate signed before a payment must not allow the same amount again."""
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    with refuses(errors.SpentMoreThanSeen, currency="USD", spent=USD, seen=0):
        replace_mandate(created, spent_at_most=Decimal(0))
    replace_mandate(created, spent_at_most=Decimal(1))
    assert created.wallet.spent("USD") == 1


def test_refuses_payments_above_the_window_limit_after_a_hand_over(
    agent_at_its_limit, replace_mandate, other_principal, new_mandate, usdc, payee, now
):
    """I2, I3."""
    wallet = agent_at_its_limit.wallet
    wallet.offer_hand_over(agent_at_its_limit.principal, other_principal.address, now() + DAY)
    wallet.accept_hand_over(other_principal)
    mandate = new_mandate(principal=other_principal.address, payment_limit=500).in_round(wallet.round)
    wallet.set_mandate(other_principal, mandate)
    assert wallet.spent("USD") == 500
    with refuses(errors.WindowLimitExceeded, charge=USD, remaining=0):
        wallet.pay(agent_at_its_limit.agent, usdc.address, payee.address, 1)


def test_window_of_the_same_length_keeps_the_times_of_spending(new_agent, replace_mandate, pay_at, now, time_travel):
    """I2. Capacity returns when it would have under the old mandate."""
    created = new_agent(payment_limit=500)
    start = (now() // BUCKET + 1) * BUCKET
    pay_at(created, start, 300)
    pay_at(created, start + 4 * BUCKET, 200)
    time_travel(to=start + 6 * BUCKET)
    replace_mandate(created, payment_limit=500)
    for moment, left in ((9 * BUCKET - 1, 0), (9 * BUCKET, 300), (13 * BUCKET - 1, 300), (13 * BUCKET, 500)):
        time_travel(to=start + moment)
        assert created.wallet.remaining("USD").window == left


@REPLACEMENT
@pytest.mark.parametrize("length", [3600, 8 * 3600, 7 * DAY])
def test_window_of_another_length_counts_earlier_spending_from_the_replacement(
    replacement, length, new_agent, replace_mandate, pay_at, now, time_travel
):
    """I2. Capacity returns one whole window of the new length after the replacement."""
    created = new_agent(payment_limit=500)
    paid = (now() // BUCKET + 1) * BUCKET
    pay_at(created, paid, 500)
    time_travel(to=paid + 3 * BUCKET)
    replacement(created, replace_mandate, payment_limit=500, window_length=timedelta(seconds=length))
    changed = now()
    width = length // 8
    back = (changed // width + 9) * width
    assert created.wallet.remaining("USD").windows[0].length == timedelta(seconds=length)
    for moment, left in ((changed, 0), (changed + length - 1, 0), (back - 1, 0), (back, 500)):
        time_travel(to=max(moment, now()))
        assert created.wallet.remaining("USD").window == left


def test_window_of_another_length_ignores_spending_that_no_longer_counts(
    agent_at_its_limit, replace_mandate, time_travel
):
    time_travel(seconds=2 * DAY)
    replace_mandate(agent_at_its_limit, payment_limit=500, window_length=timedelta(days=7))
    assert agent_at_its_limit.wallet.remaining("USD").window == 500
    assert agent_at_its_limit.wallet.spent("USD") == 500


def test_switching_between_lengths_only_delays_the_return_of_capacity(
    new_agent, replace_mandate, pay_at, now, time_travel
):
    """I2. Spending that still counts counts from the last switch on."""
    created = new_agent(payment_limit=500)
    paid = now() + 100
    pay_at(created, paid, 500)
    for i in range(6):
        time_travel(to=paid + (i + 1) * 1800)
        replace_mandate(created, payment_limit=500, window_length=timedelta(hours=1 if i % 2 == 0 else 24))
        assert created.wallet.remaining("USD").window == 0
    switched = now()
    for moment, left in ((paid + DAY + BUCKET, 0), (switched + DAY - 1, 0), (switched + DAY + BUCKET, 500)):
        time_travel(to=moment)
        assert created.wallet.remaining("USD").window == left


def test_currency_missing_from_one_mandate_keeps_its_window(
    agent_at_its_limit, replace_mandate, usdc, payee, time_travel, now
):
    """I2. The mandate between has a budget in another currency only."""
    skipped = Budget(
        currency="EUR",
        payment_limit=1,
        lifetime_limit=10,
        windows=(Window(timedelta(hours=1), Decimal(1)),),
        tokens=(Token(usdc.address, 6),),
        payees=(payee.address,),
    )
    replace_mandate(agent_at_its_limit, budgets=(skipped,))
    with refuses(errors.CurrencyNotBudgeted, currency="USD"):
        agent_at_its_limit.wallet.remaining("USD")
    replace_mandate(agent_at_its_limit, payment_limit=500)
    assert agent_at_its_limit.wallet.remaining("USD").window == 0
