"""What the explanation says can be taken now is what a wallet pays, to the last unit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import Authorization, ContractError, Domain, GasTerms, LimitedPayee
from peculium.explain import read_state, worst_cases
from peculium.mandate.toml import InvalidMandateFile, dump_mandate, load_mandate

UNIT = Decimal("0.000001")


@pytest.fixture
def created(checkpoint, new_agent):
    return checkpoint.share("created", new_agent)


def taken_now(wallet, mandate):
    return worst_cases(mandate, read_state(wallet, mandate))[0].now


def test_takes_exactly_what_the_windows_leave(created, usdc, payee):
    wallet, mandate = created.wallet, created.mandate
    wallet.pay(created.agent, usdc.address, payee.address, "42.5")
    now = taken_now(wallet, mandate)
    assert now == Decimal("457.5")
    for _ in range(4):
        wallet.pay(created.agent, usdc.address, payee.address, 100)
    with pytest.raises(ContractError):
        wallet.pay(created.agent, usdc.address, payee.address, Decimal("57.5") + UNIT)
    wallet.pay(created.agent, usdc.address, payee.address, "57.5")
    assert taken_now(wallet, mandate) == 0


def test_counts_what_is_authorized_and_not_settled(created, usdc, payee, now):
    authorization = Authorization.of(usdc.address, payee.address, 30, 6, now() + 3_600, Domain("USD Coin", "2"))
    created.wallet.preauthorize(created.agent, authorization)
    assert created.wallet.remaining("USD").pending == 30
    assert taken_now(created.wallet, created.mandate) == 500


def test_takes_at_most_what_the_wallet_holds(created, usdc, dai, usdt, principal):
    for token in (usdc, dai, usdt):
        created.wallet.withdraw_all(principal, token.address, principal.address)
    assert taken_now(created.wallet, created.mandate) == 0


def test_counts_what_limited_payees_were_paid(new_agent, new_mandate, usdc, payee):
    mandate = new_mandate(
        payees=(),
        limited_payees=[LimitedPayee(payee.address, 60)],
        gas_terms=GasTerms("0.001", "0.003", timedelta(days=1)),
    )
    created = new_agent(mandate=mandate)
    created.wallet.pay(created.agent, usdc.address, payee.address, 25)
    assert taken_now(created.wallet, mandate) == 35


def test_a_file_without_decimals_and_epoch_is_read_with_a_network(created, usdc, suite):
    mandate = created.mandate
    text = dump_mandate(mandate, {"USDC": usdc.address})
    short = "\n".join(line for line in text.split("\n") if not line.startswith("epoch")).replace(", decimals = 6}", "}")
    assert short != text
    with pytest.raises(InvalidMandateFile, match="decimals of the token"):
        load_mandate(short)
    assert load_mandate(short, network=suite).hash() == mandate.hash()


def test_a_file_cannot_contradict_a_token(created, usdc, suite):
    text = dump_mandate(created.mandate, {"USDC": usdc.address}).replace("decimals = 6}", "decimals = 7}", 1)
    with pytest.raises(InvalidMandateFile, match="has 6 decimals, not 7"):
        load_mandate(text, network=suite)


def test_the_mandate_of_a_file_is_the_one_that_the_wallet_stores(created, suite):
    """I27."""
    assert created.wallet.enforces(load_mandate(dump_mandate(created.mandate), network=suite))
