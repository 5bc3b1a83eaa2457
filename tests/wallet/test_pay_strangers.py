"""Payments to strangers: payees that the mandate doesn't list, within limits of their own (I32)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import keccak, to_checksum_address

from peculium import NATIVE, Authorization, Budget, Domain, LimitedPayee, Pay, Token, Window, errors
from verification.testing.addresses import SUITE_GETTERS, ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6
SMALLEST = Decimal("0.000001")
BUCKET = DAY // 8
STRANGERS = {"stranger_payment_limit": 20, "stranger_window_limit": 50}
STRANGER, OTHER_STRANGER = (to_checksum_address(keccak(text=name)[:20]) for name in ("stranger", "other"))


@pytest.fixture
def created(checkpoint, new_agent):
    """An agent that may pay strangers 20 dollars at a time and 50 a day, beside its listed payee."""
    return checkpoint.share("created", lambda: new_agent(**STRANGERS))


@pytest.fixture
def pay(created, usdc):
    """Pays a stranger in USDC, by default the first one."""
    return lambda amount, to=STRANGER: created.wallet.pay(created.agent, usdc.address, to, amount)


@pytest.fixture
def strangers(created):
    """What remains for strangers now."""
    return lambda: created.wallet.remaining("USD").strangers.window.remaining


# Refusals: who is no stranger


def test_refuses_a_stranger_without_limits_for_strangers(new_agent, usdc):
    created = new_agent()
    with refuses(errors.PayeeNotListed, payee=STRANGER, token=usdc.address):
        created.wallet.pay(created.agent, usdc.address, STRANGER, SMALLEST)


@pytest.mark.parametrize("name", ["wallet", *SUITE_GETTERS, "implementation", "token", "other token", "zero"])
def test_refuses_the_suite_and_the_tokens_as_strangers(name, created, pay, usdc, dai, suite):
    """I6."""
    known = {
        "wallet": created.wallet.address,
        "implementation": suite.factory.read("IMPLEMENTATION"),
        "token": usdc.address,
        "other token": dai.address,
        "zero": ZERO_ADDRESS,
    }
    forbidden = known.get(name) or created.wallet.read(name)
    with refuses(errors.PayeeNotListed, payee=forbidden, token=usdc.address):
        pay(1, to=forbidden)


def test_refuses_a_token_of_another_budget_as_a_stranger(new_agent, new_mandate, usdc, payee, web3):
    """I6. The native currency's name is a token of the mandate, too."""
    ether = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    created = new_agent(budgets=(new_mandate(**STRANGERS).budgets[0], ether))
    with refuses(errors.PayeeNotListed, payee=NATIVE, token=usdc.address):
        created.wallet.pay(created.agent, usdc.address, NATIVE, 1)


def test_refuses_a_stranger_in_a_budget_without_limits_for_strangers(new_agent, usdc, dai, payee):
    def budget(currency, token, **strangers):
        tokens = (Token(token.address, token.decimals),)
        return Budget(currency, 100, 10_000, (Window(timedelta(days=1), 500),), tokens, (payee.address,), **strangers)

    created = new_agent(budgets=(budget("USD", usdc, **STRANGERS), budget("EUR", dai)))
    with refuses(errors.PayeeNotListed, payee=STRANGER, token=dai.address):
        created.wallet.pay(created.agent, dai.address, STRANGER, 1)
    created.wallet.pay(created.agent, usdc.address, STRANGER, 1)


@pytest.mark.parametrize("limit", [0, 5])
def test_refuses_a_payee_whose_own_limit_is_exhausted(limit, new_agent, usdc):
    """It doesn't become a stranger."""
    created = new_agent(limited_payees=(LimitedPayee(STRANGER, limit=limit),), **STRANGERS)
    if limit:
        created.wallet.pay(created.agent, usdc.address, STRANGER, limit)
    with refuses(errors.PayeeLimitExceeded, payee=STRANGER, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, STRANGER, SMALLEST)
    assert created.wallet.remaining("USD").strangers.window.remaining == 50


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_refuses_a_payee_whose_own_terms_have_ended(offset, new_agent, usdc, now, time_travel):
    """I21. It doesn't become a stranger. Before its end it isn't bound by the strangers' limits."""
    end = now() + DAY
    created = new_agent(limited_payees=(LimitedPayee(STRANGER, valid_until=end),), **STRANGERS)
    time_travel(to=end + offset)
    assert created.wallet.read("isPayee", usdc.address, STRANGER) is (offset < 0)
    arguments = (created.agent.address, usdc.address, STRANGER, 100)
    if offset < 0:
        created.wallet.would_refuse(*arguments)
        return
    with refuses(errors.PayeeExpired, payee=STRANGER, timestamp=end + offset, valid_until=end):
        created.wallet.would_refuse(*arguments)


# Refusals: limits


def test_refuses_a_payment_above_the_strangers_payment_limit(created, pay, usdc, payee):
    with refuses(errors.StrangerPaymentLimitExceeded, charge=20 * USD + 1, limit=20 * USD):
        pay(20 + SMALLEST)
    pay(20 - SMALLEST)
    pay(20)
    created.wallet.pay(created.agent, usdc.address, payee.address, 100)


def test_refuses_the_same_amount_in_a_finer_token(created, dai):
    """The charge is rounded up."""
    arguments = (created.agent.address, dai.address, STRANGER)
    with refuses(errors.StrangerPaymentLimitExceeded, charge=20 * USD + 1, limit=20 * USD):
        created.wallet.would_refuse(*arguments, Decimal(20) + Decimal(1).scaleb(-18))
    created.wallet.would_refuse(*arguments, 20)


def test_refuses_payments_above_the_strangers_window_limit(created, pay, strangers, usdc, dai, payee):
    """I32. All strangers and tokens share it; listed payees don't."""
    pay(20)
    created.wallet.pay(created.agent, dai.address, OTHER_STRANGER, 20)
    created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    with refuses(errors.StrangerWindowLimitExceeded, charge=10 * USD + 1, remaining=10 * USD, length=DAY):
        pay(10 + SMALLEST)
    pay(10, to=OTHER_STRANGER)
    with refuses(errors.StrangerWindowLimitExceeded, charge=1, remaining=0, length=DAY):
        pay(SMALLEST)
    assert strangers() == 0
    created.wallet.pay(created.agent, usdc.address, payee.address, 100)


def test_refuses_a_stranger_above_what_remains_for_everyone(created, pay, usdc, payee):
    """I2. Payments to strangers are charged to the budget, too."""
    for amount in (100, 100, 100, 100, 85):
        created.wallet.pay(created.agent, usdc.address, payee.address, amount)
    with refuses(errors.WindowLimitExceeded, charge=20 * USD, remaining=15 * USD, length=DAY):
        pay(20)
    pay(15)


def test_refuses_a_stranger_above_the_lifetime_limit(new_agent, usdc, time_travel):
    """I3."""
    created = new_agent(lifetime_limit=500, **STRANGERS)
    for _ in range(12):
        for amount in (20, 20):
            created.wallet.pay(created.agent, usdc.address, STRANGER, amount)
        time_travel(seconds=DAY + BUCKET)
    created.wallet.pay(created.agent, usdc.address, STRANGER, 19)
    with refuses(errors.LifetimeLimitExceeded, charge=USD + 1, remaining=USD):
        created.wallet.pay(created.agent, usdc.address, STRANGER, 1 + SMALLEST)


def test_refuses_payments_above_the_limit_of_any_interval(created, usdc, now, time_travel):
    """I32. Whenever the agent pays as much as it can, no 24 hours have more than 50 dollars."""
    paid = []
    for _ in range(30):
        time_travel(seconds=2 * 3600)
        left = created.wallet.remaining("USD").now_to_stranger
        if left:
            created.wallet.pay(created.agent, usdc.address, STRANGER, left)
            paid.append((now(), left))
    for end, _ in paid:
        assert sum(amount for moment, amount in paid if end - DAY < moment <= end) <= 50
    assert usdc.balance(STRANGER) == sum(amount for _, amount in paid) >= 100


@pytest.mark.parametrize("path", ["batch", "relay", "pre-authorization"])
def test_refuses_the_strangers_window_on_every_path(path, created, pay, strangers, usdc, relayer, now):
    """I5, I32."""
    pay(20)
    pay(20)
    wallet, ends = created.wallet, now() + DAY

    def send(units):
        amount = Decimal(units).scaleb(-6)
        if path == "batch":
            wallet.pay_batch(created.agent, [Pay(usdc.address, STRANGER, amount)])
        elif path == "relay":
            action = wallet.sign_action(created.agent, Pay(usdc.address, STRANGER, amount), deadline=ends)
            wallet.act(relayer, action)
        else:
            authorization = Authorization(usdc.address, STRANGER, units, ends, Domain("USD Coin", "2"))
            wallet.preauthorize(created.agent, authorization)

    with refuses(errors.StrangerWindowLimitExceeded, charge=10 * USD + 1, remaining=10 * USD, length=DAY):
        send(10 * USD + 1)
    send(10 * USD)
    assert strangers() == 0
    assert wallet.spent("USD") == 50


def test_refuses_a_batch_whose_sum_exceeds_the_strangers_window(created, usdc, payee):
    payments = [Pay(usdc.address, to, 17) for to in (STRANGER, OTHER_STRANGER, STRANGER)]
    with refuses(errors.StrangerWindowLimitExceeded, charge=17 * USD, remaining=16 * USD, length=DAY):
        created.wallet.pay_batch(created.agent, [*payments, Pay(usdc.address, payee.address, 1)])
    assert created.wallet.spent("USD") == usdc.balance(STRANGER) == 0


def test_refuses_a_relay_fee_above_the_strangers_payment_limit(created, usdc, payee, relayer, now):
    """A relayer that isn't listed is a stranger."""

    def relay(fee):
        terms = {"deadline": now() + DAY, "relayer": relayer.address, "fee": (usdc.address, fee)}
        action = created.wallet.sign_action(created.agent, Pay(usdc.address, payee.address, 100), **terms)
        created.wallet.act(relayer, action)

    with refuses(errors.StrangerPaymentLimitExceeded, charge=20 * USD + 1, limit=20 * USD):
        relay(20 + SMALLEST)
    relay(20)
    assert created.wallet.remaining("USD").strangers.window.remaining == 30


# Refusals: across mandates


def with_other_window(replace_mandate, created):
    replace_mandate(created, window_length=timedelta(days=2), **STRANGERS)


def without_strangers(replace_mandate, created):
    replace_mandate(created)


def without_strangers_and_other_window(replace_mandate, created):
    replace_mandate(created, window_length=timedelta(hours=1))


def lifted(replace_mandate, created):
    created.wallet.lift_mandate(created.principal)


def nothing(replace_mandate, created):
    pass


BETWEEN = [nothing, lifted, without_strangers, with_other_window, without_strangers_and_other_window]


@pytest.mark.parametrize("between", BETWEEN)
def test_refuses_to_spend_the_strangers_window_again_under_another_mandate(
    between, created, pay, strangers, replace_mandate
):
    """I32. Their window is kept across mandates, also across one that allows no strangers."""
    for amount in (20, 20, 10):
        pay(amount)
    between(replace_mandate, created)
    replace_mandate(created, **STRANGERS)
    assert strangers() == 0
    with refuses(errors.StrangerWindowLimitExceeded, charge=1, remaining=0, length=DAY):
        pay(SMALLEST)


def test_refuses_every_stranger_when_the_new_limit_is_below_what_was_paid(created, pay, replace_mandate):
    pay(20)
    replace_mandate(created, stranger_payment_limit=5, stranger_window_limit=19)
    with refuses(errors.StrangerWindowLimitExceeded, charge=1, remaining=0, length=DAY):
        pay(SMALLEST)


def test_payments_while_listed_do_not_count_for_strangers(created, pay, strangers, replace_mandate):
    replace_mandate(created, payees=(STRANGER,), **STRANGERS)
    pay(100)
    replace_mandate(created, **STRANGERS)
    assert strangers() == 50


# Payments


def test_pays_a_stranger_and_charges_both_ledgers(created, pay, usdc):
    receipt = pay(20)
    made = receipt.event("PaymentMade").arguments
    assert (made["payee"], made["amount"], made["charge"]) == (STRANGER, 20 * USD, 20 * USD)
    assert usdc.balance(STRANGER) == 20
    state = created.wallet.remaining("USD")
    assert (state.window, state.lifetime, state.strangers.window.remaining) == (480, 9_980, 30)
    assert created.wallet.read("paidTo", "USD", STRANGER) == 0


def test_pays_strangers_where_nobody_is_listed(new_agent, usdc):
    created = new_agent(payees=(), **STRANGERS)
    created.wallet.pay(created.agent, usdc.address, STRANGER, 20)
    assert usdc.balance(STRANGER) == 20


def test_pays_strangers_up_to_the_limits_of_the_budget(new_agent, usdc):
    created = new_agent(stranger_payment_limit=100, stranger_window_limit=500)
    for _ in range(5):
        created.wallet.pay(created.agent, usdc.address, STRANGER, 100)
    state = created.wallet.remaining("USD")
    assert (state.window, state.strangers.window.remaining) == (0, 0)


def test_pays_strangers_in_native_currency(new_agent, payee, web3):
    ether = Budget(
        "ETH",
        1,
        5,
        (Window(timedelta(days=1), 2),),
        (Token(NATIVE, 18),),
        (payee.address,),
        decimals=18,
        stranger_payment_limit=Decimal("0.2"),
        stranger_window_limit=Decimal("0.3"),
    )
    created = new_agent(budgets=(ether,))
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    created.wallet.pay(created.agent, NATIVE, STRANGER, Decimal("0.2"))
    assert web3.eth.get_balance(STRANGER) == 2 * 10**17
    with refuses(errors.StrangerWindowLimitExceeded, charge=10**17 + 1, remaining=10**17, length=DAY):
        created.wallet.pay(created.agent, NATIVE, STRANGER, Decimal("0.1") + Decimal(1).scaleb(-18))


def test_payee_of_another_budget_is_a_stranger(new_agent, usdc, dai, payee):
    def budget(currency, token, listed, **strangers):
        tokens = (Token(token.address, token.decimals),)
        return Budget(currency, 100, 10_000, (Window(timedelta(days=1), 500),), tokens, (listed,), **strangers)

    created = new_agent(budgets=(budget("USD", usdc, payee.address, **STRANGERS), budget("EUR", dai, STRANGER)))
    created.wallet.pay(created.agent, dai.address, STRANGER, 100)
    with refuses(errors.StrangerPaymentLimitExceeded, charge=21 * USD, limit=20 * USD):
        created.wallet.pay(created.agent, usdc.address, STRANGER, 21)


def test_strangers_window_is_as_long_as_the_first(new_agent, usdc, time_travel):
    further = ((timedelta(days=7), 500), (timedelta(days=30), 500))
    created = new_agent(further_windows=further, **STRANGERS)
    for amount in (20, 20, 10):
        created.wallet.pay(created.agent, usdc.address, STRANGER, amount)
    state = created.wallet.remaining("USD").strangers
    assert (state.payment, state.window.length, state.window.limit) == (20, timedelta(days=1), 50)
    time_travel(seconds=DAY + BUCKET)
    assert created.wallet.remaining("USD").strangers.window.remaining == 50
    assert [each.remaining for each in created.wallet.remaining("USD").windows] == [500, 450, 450]


@pytest.mark.parametrize(("offset", "left"), [(-1, 30), (0, 50)])
def test_capacity_returns_one_window_after_the_bucket_of_the_payment(
    offset, left, created, pay, strangers, now, time_travel
):
    """I21, I32."""
    pay(20)
    returns = (now() // BUCKET + 9) * BUCKET
    window = created.wallet.remaining("USD").strangers.window
    assert (int(window.returns_at.timestamp()), window.returns) == (returns, 20)
    time_travel(to=returns + offset)
    assert strangers() == left
