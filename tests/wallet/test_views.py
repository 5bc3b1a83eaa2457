"""View functions: their results agree with what the wallet enforces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from peculium import AgentWallet, Budget, Token, Window, errors
from verification.testing.addresses import SUITE_GETTERS, ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses


@pytest.mark.parametrize("currency", ["EUR", "usd", "USD ", ""])
def test_refuses_a_currency_without_a_budget(currency, created):
    with refuses(errors.CurrencyNotBudgeted, currency=currency):
        created.wallet.remaining(currency)


def test_spent_refuses_an_unknown_currency(created):
    with refuses(errors.CurrencyNotBudgeted, currency="EUR"):
        created.wallet.spent("EUR")


def test_remaining_returns_what_each_limit_leaves(created, usdc, payee):
    created.wallet.pay(created.agent, usdc.address, payee.address, "40.5")
    remaining = created.wallet.remaining("USD")
    assert (remaining.payment, remaining.window, remaining.lifetime) == (100, Decimal("459.5"), Decimal("9959.5"))
    assert remaining.now == 100
    assert created.wallet.remaining(created.mandate.budgets[0]) == remaining


@pytest.mark.parametrize("spent", [[], [100], [100] * 4, [100, 100, 100, 100, 60]])
def test_remaining_is_exactly_what_can_be_paid(spent, created, usdc, payee):
    """I26."""
    for amount in spent:
        created.wallet.pay(created.agent, usdc.address, payee.address, amount)
    left = created.wallet.remaining("USD").now
    agent = created.agent.address
    created.wallet.would_refuse(agent, usdc.address, payee.address, left)
    with pytest.raises(errors.OverLimit):
        created.wallet.would_refuse(agent, usdc.address, payee.address, left + Decimal("0.000001"))


def test_remaining_changes_with_time_without_a_transaction(created, usdc, payee, time_travel):
    created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    assert created.wallet.remaining("USD").window == 400
    time_travel(seconds=2 * DAY)
    assert created.wallet.remaining("USD").window == 500
    assert created.wallet.remaining("USD").lifetime == 9_900


def test_remaining_ignores_the_switch(created, suite):
    suite.switch.revoke(created.principal, created.wallet.address)
    assert created.wallet.remaining("USD").now == 100


def test_remaining_returns_the_limits_of_the_mandate(created):
    """I27."""
    state = created.wallet.remaining("USD")
    assert (state.payment, state.lifetime_limit, state.strangers, state.pending) == (100, 10_000, None, 0)
    assert [(each.length, each.limit) for each in state.windows] == [(timedelta(days=1), 500)]


def test_charge_of_rounds_up_and_refuses_an_unlisted_token(created, usdc, dai, stranger):
    """I26. Rounding is against the agent."""
    assert created.wallet.read("chargeOf", usdc.address, 7) == 7
    assert created.wallet.read("chargeOf", dai.address, 1) == 1
    assert created.wallet.read("chargeOf", dai.address, 10**12 + 1) == 2
    with refuses(errors.TokenNotListed, token=stranger.address):
        created.wallet.read("chargeOf", stranger.address, 1)


def test_each_budget_has_its_own_limits_and_ledger(new_agent, usdc, dai, usdt, payee):
    def budget(currency, token, decimals, factor, **payees):
        window = Window(timedelta(hours=factor), Decimal(20 * factor))
        tokens = (Token(token.address, token.decimals),)
        return Budget(currency, 10 * factor, 30 * factor, (window,), tokens, decimals=decimals, **payees)

    created = new_agent(
        budgets=(
            budget("USD", usdc, 6, 1, payees=(payee.address,)),
            budget("EUR", dai, 18, 2, stranger_payment_limit=5, stranger_window_limit=6),
            budget("GBP", usdt, 2, 3, payees=(payee.address,)),
        )
    )
    for factor, currency in ((1, "USD"), (2, "EUR"), (3, "GBP")):
        state = created.wallet.remaining(currency)
        assert (state.payment, state.lifetime_limit) == (10 * factor, 30 * factor)
        strangers = state.strangers and (state.strangers.payment, state.strangers.window.limit)
        assert strangers == ((5, 6) if currency == "EUR" else None)
        assert [(each.length, each.limit) for each in state.windows] == [(timedelta(hours=factor), 20 * factor)]
    created.wallet.pay(created.agent, dai.address, payee.address, 1)
    assert [created.wallet.spent(name) for name in ("USD", "EUR", "GBP")] == [0, 1, 0]
    assert created.wallet.remaining("GBP").window == 60
    assert created.wallet.remaining("EUR").window == 39


def test_grant_returns_the_head_of_the_mandate(created):
    """I27."""
    grant = created.wallet.grant()
    mandate = created.mandate
    assert (grant.principal, grant.epoch, grant.agent_key) == (mandate.principal, 0, mandate.agent_key)
    assert grant.valid_from == datetime.fromtimestamp(mandate.valid_from, UTC)
    assert grant.valid_until == datetime.fromtimestamp(mandate.valid_until, UTC)
    assert grant.mandate_hash == mandate.hash() == created.wallet.mandate_hash


def test_grant_returns_an_expired_mandate(created, time_travel):
    time_travel(to=created.mandate.valid_until)
    assert created.wallet.grant().mandate_hash == created.mandate.hash()


def test_is_payee_checks_token_and_payee(created, usdc, dai, payee, stranger, deploy):
    """I6."""
    wallet = created.wallet
    other = deploy("MockStablecoin", "Other", "OTH", 6)
    assert wallet.read("isPayee", usdc.address, payee.address)
    assert wallet.read("isPayee", dai.address, payee.address)
    assert not wallet.read("isPayee", other.address, payee.address)
    assert not wallet.read("isPayee", usdc.address, stranger.address)
    assert not wallet.read("isPayee", usdc.address, ZERO_ADDRESS)


@pytest.mark.parametrize("name", ["wallet", *SUITE_GETTERS, "token", "zero"])
def test_is_payee_excludes_the_suite_and_the_tokens_as_strangers(name, new_agent, usdc, dai, stranger):
    """I6."""
    wallet = new_agent(stranger_payment_limit=100, stranger_window_limit=500).wallet
    known = {"wallet": wallet.address, "token": dai.address, "zero": ZERO_ADDRESS}
    assert wallet.read("isPayee", usdc.address, stranger.address)
    assert not wallet.read("isPayee", usdc.address, known.get(name) or wallet.read(name))


def test_suite_returns_every_contract_that_the_agent_may_never_pay_or_call(created, suite):
    """I6."""
    names = (
        "REGISTRY",
        "SWITCH",
        "FACTORY",
        "ENTRY_POINT",
        "WRITER",
        "MANDATE_MODULE",
        "POWERS_MODULE",
        "VIEWS_MODULE",
    )
    contracts = [created.wallet.read(name) for name in names]
    everything = [created.wallet.address, *contracts, suite.factory.read("IMPLEMENTATION")]
    assert sorted(created.wallet.read("suite")) == sorted(everything)
    assert len(set(everything)) == 10
    assert set(SUITE_GETTERS) <= set(names)


@pytest.mark.parametrize("module", ["MANDATE_MODULE", "POWERS_MODULE", "VIEWS_MODULE"])
def test_module_has_neither_principal_nor_mandate_of_its_own(module, web3, created):
    """I12. Nor does asking it for the suite end in a loop."""
    contract = AgentWallet(web3, created.wallet.read(module))
    assert (contract.principal, contract.mandate_hash) == (ZERO_ADDRESS, bytes(32))
    for view in ("FACTORY", "suite"):
        with pytest.raises((errors.ContractError, errors.WrongContract)):
            contract.read(view)


def test_getters_return_the_suite_and_the_principal(created, suite):
    wallet = created.wallet
    assert wallet.read("REGISTRY") == suite.registry.address
    assert wallet.read("SWITCH") == suite.switch.address
    assert wallet.read("FACTORY") == suite.factory.address
    assert wallet.principal == created.principal.address
    assert wallet.read("authority") == [created.principal.address, 0]
    assert wallet.read("pendingHandOver") == [ZERO_ADDRESS, 0]


def test_last_mandate_returns_the_whole_mandate(created):
    """I27."""
    assert created.wallet.last_mandate() == created.mandate
    assert created.wallet.last_mandate().hash() == created.wallet.last_mandate_hash
