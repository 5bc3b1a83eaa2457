"""Replacing a mandate: what was spent stays spent, in the window and for life, whatever the principal sets or lifts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import Budget, Token, Window
from peculium import exceptions as errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6
BUCKET = DAY // 8


@pytest.fixture
def spent_out(new_agent, usdc, payee):
    """An agent that has used up its window of 500 USD."""
    created = new_agent(payment_limit=500)
    created.wallet.pay(created.agent, usdc.address, payee.address, 500)
    return created


def lift_and_set(created, replace_mandate, **overrides):
    created.wallet.lift_mandate(created.principal)
    replace_mandate(created, **overrides)


def set_anew(created, replace_mandate, **overrides):
    replace_mandate(created, **overrides)


HOW = pytest.mark.parametrize("how", [set_anew, lift_and_set])


@HOW
def test_a_new_mandate_refills_no_window(how, spent_out, replace_mandate, usdc, payee):
    """I2."""
    how(spent_out, replace_mandate, payment_limit=500)
    assert spent_out.wallet.remaining("USD").window == 0
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        spent_out.wallet.pay(spent_out.agent, usdc.address, payee.address, "0.000001")


@HOW
def test_a_new_mandate_forgets_nothing_spent_for_life(how, spent_out, replace_mandate, usdc, payee, time_travel):
    """I3."""
    time_travel(seconds=2 * DAY)
    how(spent_out, replace_mandate, payment_limit=500, window_limit=500, lifetime_limit=501)
    assert spent_out.wallet.spent("USD") == 500
    with refuses(errors.LifetimeLimitExceeded, charge=USD + 1, remaining=USD):
        spent_out.wallet.pay(spent_out.agent, usdc.address, payee.address, "1.000001")
    spent_out.wallet.pay(spent_out.agent, usdc.address, payee.address, 1)


@HOW
def test_a_new_agent_key_inherits_the_counter(how, spent_out, replace_mandate, other_agent, usdc, payee):
    """I2, I5."""
    how(spent_out, replace_mandate, payment_limit=500, agent_key=other_agent.address)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        spent_out.wallet.pay(other_agent, usdc.address, payee.address, "0.000001")


@HOW
def test_other_tokens_of_the_currency_inherit_the_counter(how, spent_out, replace_mandate, dai, payee):
    """I2."""
    how(spent_out, replace_mandate, payment_limit=500, tokens=[Token(dai.address, 18)])
    with refuses(errors.WindowLimitExceeded, charge=USD, remaining=0):
        spent_out.wallet.pay(spent_out.agent, dai.address, payee.address, 1)


def test_a_wider_limit_leaves_what_it_adds_and_no_more(spent_out, replace_mandate, usdc, payee):
    """I2."""
    replace_mandate(spent_out, payment_limit=700, window_limit=700)
    assert spent_out.wallet.remaining("USD").window == 200
    with refuses(errors.WindowLimitExceeded, charge=201 * USD, remaining=200 * USD):
        spent_out.wallet.pay(spent_out.agent, usdc.address, payee.address, 201)
    spent_out.wallet.pay(spent_out.agent, usdc.address, payee.address, 200)


def test_limits_below_what_was_spent_leave_nothing(spent_out, replace_mandate, usdc, payee):
    """I2, I3. Nothing wraps."""
    replace_mandate(spent_out, payment_limit=1, window_limit=2, lifetime_limit=3)
    remaining = spent_out.wallet.remaining("USD")
    assert (remaining.payment, remaining.window, remaining.lifetime) == (1, 0, 0)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        spent_out.wallet.pay(spent_out.agent, usdc.address, payee.address, "0.000001")


def test_the_same_length_of_window_keeps_the_days_of_the_spending(new_agent, replace_mandate, pay_at, now, time_travel):
    """I2. What was spent a while ago comes back when it would have."""
    created = new_agent(payment_limit=500)
    start = (now() // BUCKET + 1) * BUCKET
    pay_at(created, start, 300)
    pay_at(created, start + 4 * BUCKET, 200)
    time_travel(to=start + 6 * BUCKET)
    replace_mandate(created, payment_limit=500)
    for moment, left in ((9 * BUCKET - 1, 0), (9 * BUCKET, 300), (13 * BUCKET - 1, 300), (13 * BUCKET, 500)):
        time_travel(to=start + moment)
        assert created.wallet.remaining("USD").window == left


@HOW
@pytest.mark.parametrize("length", [3600, 8 * 3600, 7 * DAY])
def test_another_length_of_window_counts_what_still_counts_as_spent_just_now(
    how, length, new_agent, replace_mandate, pay_at, now, time_travel
):
    """I2. Neither a shorter nor a longer window brings anything back before a whole one of the new length."""
    created = new_agent(payment_limit=500)
    paid = (now() // BUCKET + 1) * BUCKET
    pay_at(created, paid, 500)
    time_travel(to=paid + 3 * BUCKET)
    how(created, replace_mandate, payment_limit=500, window_length=timedelta(seconds=length))
    changed = now()
    width = length // 8
    back = (changed // width + 9) * width
    assert created.wallet.remaining("USD").windows[0].length == timedelta(seconds=length)
    for moment, left in ((changed, 0), (changed + length - 1, 0), (back - 1, 0), (back, 500)):
        time_travel(to=max(moment, now()))
        assert created.wallet.remaining("USD").window == left


def test_what_no_longer_counts_is_not_counted_again_in_another_length(spent_out, replace_mandate, time_travel):
    time_travel(seconds=2 * DAY)
    replace_mandate(spent_out, payment_limit=500, window_length=timedelta(days=7))
    assert spent_out.wallet.remaining("USD").window == 500
    assert spent_out.wallet.spent("USD") == 500


def test_switching_the_length_to_and_fro_only_delays(new_agent, replace_mandate, pay_at, now, time_travel):
    """I2. As long as it counts, spending counts from the last switch on."""
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


def test_a_length_changed_in_a_mandate_that_lapsed_counts_on(spent_out, replace_mandate, usdc, payee, time_travel, now):
    """I2. A currency that skips a mandate keeps its window."""
    skipped = Budget(
        currency="EUR",
        payment_limit=1,
        lifetime_limit=10,
        windows=(Window(timedelta(hours=1), Decimal(1)),),
        tokens=(Token(usdc.address, 6),),
        payees=(payee.address,),
    )
    replace_mandate(spent_out, budgets=(skipped,))
    with refuses(errors.CurrencyNotBudgeted, currency="USD"):
        spent_out.wallet.remaining("USD")
    replace_mandate(spent_out, payment_limit=500)
    assert spent_out.wallet.remaining("USD").window == 0


@HOW
@pytest.mark.parametrize("given", [0, 5, 7, 18])
def test_the_decimals_of_a_currency_never_change(how, given, created, replace_mandate):
    """I3. Old and new amounts have to add up."""
    with refuses(errors.BudgetDecimalsChanged, currency="USD", given=given, expected=6):
        how(created, replace_mandate, decimals=given)


def test_the_decimals_are_fixed_even_where_nothing_was_spent(created, replace_mandate, usdc, payee):
    replace_mandate(created, currency="EUR", decimals=2)
    with refuses(errors.BudgetDecimalsChanged, currency="EUR", given=6, expected=2):
        replace_mandate(created, currency="EUR")


def test_spending_that_its_signer_had_not_seen_refuses_a_mandate(created, replace_mandate, usdc, payee):
    """I16. A mandate signed before a payment isn't a second allowance."""
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    with refuses(errors.SpentMoreThanSeen, currency="USD", spent=USD, seen=0):
        replace_mandate(created, spent_at_most=Decimal(0))
    replace_mandate(created, spent_at_most=Decimal(1))
    assert created.wallet.spent("USD") == 1


def test_a_hand_over_forgets_nothing(spent_out, replace_mandate, other_principal, new_mandate, usdc, payee):
    """I2, I3."""
    wallet = spent_out.wallet
    wallet.offer_hand_over(spent_out.principal, other_principal.address)
    wallet.accept_hand_over(other_principal)
    mandate = new_mandate(principal=other_principal.address, payment_limit=500).replacing(wallet.last_mandate_hash)
    wallet.set_mandate(other_principal, mandate)
    assert wallet.spent("USD") == 500
    with refuses(errors.WindowLimitExceeded, charge=USD, remaining=0):
        wallet.pay(spent_out.agent, usdc.address, payee.address, 1)
