"""`call`: a target that the budget lists with terms of its own, or doesn't list at all."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import NATIVE, Argument, Budget, LimitedPayee, Token, Window, errors
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6


@pytest.fixture
def vault(checkpoint, deploy):
    """A contract that pulls each deposit from the caller."""
    return checkpoint.share("vault", lambda: deploy("MockVault"))


@pytest.fixture
def agent_with(new_agent, vault, usdc):
    """Creates an agent that may deposit in the vault, which is listed with these terms."""
    arguments = (Argument.any(), Argument.any())
    rule = call_rule(vault.address, "deposit(address,uint256)", arguments, token=usdc.address, pull_limit=100)

    def create(overrides=None, **terms):
        limited = (LimitedPayee(vault.address, **terms),) if terms else ()
        return new_agent(calls=(rule,), limited_payees=limited, **(overrides or {}))

    return create


@pytest.fixture
def deposit(vault, usdc):
    """Deposits an amount of dollars."""

    def make(created, amount):
        data = vault.call_data("deposit", usdc.address, int(Decimal(amount) * USD))
        return created.wallet.call(created.agent, vault.address, data, pull=amount)

    return make


def test_refuses_a_pull_above_the_targets_own_limit(agent_with, deposit, vault):
    created = agent_with(limit=60)
    deposit(created, 40)
    assert created.wallet.read("paidTo", "USD", vault.address) == 40 * USD
    with refuses(errors.PayeeLimitExceeded, payee=vault.address, charge=20 * USD + 1, remaining=20 * USD):
        deposit(created, Decimal("20.000001"))
    deposit(created, 20)
    with refuses(errors.PayeeLimitExceeded, payee=vault.address, charge=1, remaining=0):
        deposit(created, Decimal("0.000001"))


def test_refuses_payments_and_calls_above_one_limit(agent_with, deposit, vault, usdc):
    """I5."""
    created = agent_with(limit=60)
    created.wallet.pay(created.agent, usdc.address, vault.address, 50)
    with refuses(errors.PayeeLimitExceeded, payee=vault.address, charge=11 * USD, remaining=10 * USD):
        deposit(created, 11)
    deposit(created, 10)
    with refuses(errors.PayeeLimitExceeded, payee=vault.address, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, vault.address, Decimal("0.000001"))


@pytest.mark.parametrize(("offset", "refused"), [(-1, False), (0, True), (1, True)])
def test_refuses_a_pull_after_the_targets_own_end(offset, refused, agent_with, vault, usdc, now, time_travel):
    """I21."""
    end = now() + DAY
    created = agent_with(valid_until=end)
    time_travel(to=end + offset)
    data = vault.call_data("deposit", usdc.address, 1)
    arguments = ("call", vault.address, 0, 0, data, 1, bytes(32))
    if not refused:
        created.wallet.read(*arguments, sender=created.agent.address)
        return
    with refuses(errors.PayeeExpired, payee=vault.address, timestamp=end + offset, valid_until=end):
        created.wallet.read(*arguments, sender=created.agent.address)


def test_refuses_native_value_above_the_targets_own_limit(new_agent, new_mandate, deploy, payee, web3):
    target = deploy("MockTarget")
    window = (Window(timedelta(days=1), Decimal(2)),)
    limited = (LimitedPayee(target.address, limit=Decimal("0.3")),)
    ether = Budget("ETH", 1, 5, window, (Token(NATIVE, 18),), (payee.address,), limited_payees=limited, decimals=18)
    rule = call_rule(target.address, "take()", token=NATIVE, value_limit=1)
    created = new_agent(budgets=(new_mandate().budgets[0], ether), calls=(rule,))
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    expected = {"payee": target.address, "charge": 3 * 10**17 + 1, "remaining": 3 * 10**17}
    with refuses(errors.PayeeLimitExceeded, **expected):
        created.wallet.call(created.agent, target.address, rule.selector, value=Decimal("0.300000000000000001"))
    created.wallet.call(created.agent, target.address, rule.selector, value=Decimal("0.3"))
    assert created.wallet.read("paidTo", "ETH", target.address) == 3 * 10**17


def test_refuses_a_charged_argument_above_the_targets_own_limit(new_agent, deploy, usdc):
    target = deploy("MockTarget")
    rule = call_rule(target.address, "redeem(uint256)", (Argument.charged(),), token=usdc.address)
    created = new_agent(calls=(rule,), limited_payees=(LimitedPayee(target.address, limit=5),))
    with refuses(errors.PayeeLimitExceeded, payee=target.address, charge=5 * USD + 1, remaining=5 * USD):
        created.wallet.call(created.agent, target.address, rule.selector + (5 * USD + 1).to_bytes(32))
    created.wallet.call(created.agent, target.address, rule.selector + (5 * USD).to_bytes(32))


def test_terms_that_have_ended_do_not_concern_calls_that_charge_nothing(new_agent, deploy, usdc, now, time_travel):
    """They are about money."""
    target = deploy("MockTarget")
    rule = call_rule(target.address, "take()", token=usdc.address)
    end = now() + DAY
    created = new_agent(calls=(rule,), limited_payees=(LimitedPayee(target.address, limit=0, valid_until=end),))
    time_travel(to=end)
    created.wallet.call(created.agent, target.address, rule.selector)


def test_unlisted_target_is_no_stranger(agent_with, deposit, vault, usdc):
    """Its rule stands for the list: the strangers' limits don't concern it."""
    created = agent_with({"stranger_payment_limit": 1, "stranger_window_limit": 1})
    deposit(created, 100)
    assert created.wallet.remaining("USD").strangers.window.remaining == 1
    assert created.wallet.read("paidTo", "USD", vault.address) == 0


def test_target_without_a_limit_of_its_own_is_bound_by_the_budget(agent_with, deposit, vault, now):
    created = agent_with(valid_until=now() + DAY)
    for _ in range(5):
        deposit(created, 100)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0, length=DAY):
        deposit(created, Decimal("0.000001"))
    assert created.wallet.read("paidTo", "USD", vault.address) == 0


def test_calls_need_no_listed_payee(new_agent, vault, usdc, deposit):
    """A budget without payees and strangers is for calls only."""
    arguments = (Argument.any(), Argument.any())
    rule = call_rule(vault.address, "deposit(address,uint256)", arguments, token=usdc.address, pull_limit=100)
    created = new_agent(payees=(), calls=(rule,))
    deposit(created, 100)
    with refuses(errors.PayeeNotListed, payee=vault.address, token=usdc.address):
        created.wallet.pay(created.agent, usdc.address, vault.address, 1)
