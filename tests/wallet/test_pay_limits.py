"""The limits of `pay`: per payment, per rolling window and for life."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6
BUCKET = DAY // 8


def test_refuses_a_payment_one_unit_above_the_limit(created, usdc, payee):
    """I1."""
    with refuses(errors.PaymentLimitExceeded, charge=100 * USD + 1, limit=100 * USD):
        created.wallet.pay(created.agent, usdc.address, payee.address, "100.000001")


def test_refuses_payments_for_ever_once_the_lifetime_limit_is_spent(new_agent, usdc, payee, time_travel):
    """I3."""
    created = new_agent(payment_limit=500, lifetime_limit=500)
    created.wallet.pay(created.agent, usdc.address, payee.address, 500)
    time_travel(seconds=29 * DAY)
    with refuses(errors.LifetimeLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, payee.address, "0.000001")


@pytest.mark.parametrize(
    "zero", [("payment_limit",), ("payment_limit", "window_limit"), ("payment_limit", "window_limit", "lifetime_limit")]
)
def test_refuses_the_smallest_payment_under_a_limit_of_zero(zero, new_agent, usdc, payee):
    created = new_agent(**dict.fromkeys(zero, 0))
    with refuses(errors.PaymentLimitExceeded, charge=1, limit=0):
        created.wallet.pay(created.agent, usdc.address, payee.address, "0.000001")


@pytest.mark.parametrize("amount", ["99.999999", "100"])
def test_pays_up_to_the_payment_limit(amount, created, usdc, payee):
    """I1."""
    created.wallet.pay(created.agent, usdc.address, payee.address, amount)
    assert usdc.balance(payee.address) == Decimal(amount)
    assert created.wallet.spent("USD") == Decimal(amount)


@pytest.mark.parametrize("amount", ["99.999999", "100", "100.000001"])
def test_window_limit_is_exact(amount, new_agent, usdc, payee):
    """I2."""
    created = new_agent(payment_limit=500)
    created.wallet.pay(created.agent, usdc.address, payee.address, 400)
    if Decimal(amount) > 100:
        with refuses(errors.WindowLimitExceeded, charge=100 * USD + 1, remaining=100 * USD):
            created.wallet.pay(created.agent, usdc.address, payee.address, amount)
    else:
        created.wallet.pay(created.agent, usdc.address, payee.address, amount)
        assert created.wallet.remaining("USD").window == 100 - Decimal(amount)


@pytest.mark.parametrize("amount", ["99.999999", "100", "100.000001"])
def test_lifetime_limit_is_exact(amount, new_agent, usdc, payee, time_travel):
    """I3."""
    created = new_agent(payment_limit=500, lifetime_limit=600)
    created.wallet.pay(created.agent, usdc.address, payee.address, 500)
    time_travel(seconds=2 * DAY)
    if Decimal(amount) > 100:
        with refuses(errors.LifetimeLimitExceeded, charge=100 * USD + 1, remaining=100 * USD):
            created.wallet.pay(created.agent, usdc.address, payee.address, amount)
    else:
        created.wallet.pay(created.agent, usdc.address, payee.address, amount)
        assert created.wallet.spent("USD") == 500 + Decimal(amount)


def test_tokens_of_one_budget_share_its_window(new_agent, usdc, dai, usdt, payee):
    """I2, I5."""
    created = new_agent(payment_limit=500)
    created.wallet.pay(created.agent, usdc.address, payee.address, 200)
    created.wallet.pay(created.agent, dai.address, payee.address, 200)
    for token in (usdc, dai, usdt):
        with refuses(errors.WindowLimitExceeded, charge=101 * USD, remaining=100 * USD):
            created.wallet.pay(created.agent, token.address, payee.address, 101)
    created.wallet.pay(created.agent, usdt.address, payee.address, 100)
    assert created.wallet.remaining("USD").window == 0


# The rolling window


def test_refuses_a_second_daily_limit_just_after_midnight(new_agent, pay_at, now, usdc, payee):
    """I2. A limit per calendar day would allow twice its amount around midnight."""
    created = new_agent(payment_limit=500)
    midnight = (now() // DAY + 2) * DAY
    pay_at(created, midnight - 1, 300)
    with refuses(errors.WindowLimitExceeded, charge=300 * USD, remaining=200 * USD):
        pay_at(created, midnight + 1, 300)
    pay_at(created, midnight + 2, 200)
    assert usdc.balance(payee.address) == 500


@pytest.mark.parametrize("offset_in_bucket", [0, 1, BUCKET // 2, BUCKET - 1])
def test_capacity_never_returns_early_and_at_most_one_bucket_late(
    offset_in_bucket, new_agent, pay_at, now, time_travel, usdc, payee
):
    """I2, I21."""
    created = new_agent(payment_limit=500)
    paid = (now() // BUCKET + 2) * BUCKET + offset_in_bucket
    pay_at(created, paid, 500)
    back = (paid // BUCKET + 9) * BUCKET
    assert paid + DAY <= back <= paid + DAY + BUCKET

    for moment in (paid + 1, paid + DAY - 1, back - 1):
        time_travel(to=moment)
        assert created.wallet.remaining("USD").window == 0
        with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
            created.wallet.would_refuse(created.agent.address, usdc.address, payee.address, "0.000001")
    time_travel(to=back)
    assert created.wallet.remaining("USD").window == 500
    created.wallet.pay(created.agent, usdc.address, payee.address, 500)


@pytest.mark.parametrize("length", [3600, 8 * 1800, 7 * DAY, 8 * (2**24 - 1)])
def test_capacity_returns_in_windows_of_every_length(length, new_agent, pay_at, now, time_travel):
    """I2."""
    bucket = length // 8
    created = new_agent(payment_limit=500, window_length=timedelta(seconds=length), valid_until=now() + 3 * length)
    paid = (now() // bucket + 1) * bucket
    pay_at(created, paid, 500)
    for moment, left in ((paid + length, 0), (paid + length + bucket - 1, 0), (paid + length + bucket, 500)):
        time_travel(to=moment)
        assert created.wallet.remaining("USD").window == left


def test_capacity_returns_bucket_by_bucket(new_agent, pay_at, now, time_travel):
    """I2."""
    created = new_agent()
    start = (now() // BUCKET + 1) * BUCKET
    for i in range(5):
        pay_at(created, start + 2 * i * BUCKET, 100 - i)
        if i < 4:
            assert created.wallet.remaining("USD").window == 500 - sum(100 - j for j in range(i + 1))
    assert created.wallet.remaining("USD").window == 10
    left = 10
    for i in range(4):
        time_travel(to=start + (2 * i + 9) * BUCKET - 1)
        assert created.wallet.remaining("USD").window == left
        time_travel(to=start + (2 * i + 9) * BUCKET)
        left += 100 - i
        assert created.wallet.remaining("USD").window == left


def test_payments_in_any_interval_stay_within_the_window_limit(new_agent, pay_at, now):
    """I2. The agent spends what remains as often as it can, for several windows."""
    created = new_agent(payment_limit=500, lifetime_limit=10_000)
    made = []
    moment = (now() // BUCKET + 1) * BUCKET - 1
    for step in range(40):
        moment += BUCKET // 3 + 7 * step
        try:
            left = min(created.wallet.remaining("USD").now, Decimal(37 + 11 * (step % 5)))
            pay_at(created, moment, left or 1)
            made.append((moment, left))
        except errors.WindowLimitExceeded:
            continue
    assert len(made) > 15
    for end, _ in made:
        assert sum(amount for at, amount in made if end - DAY < at <= end) <= 500
