"""Mandates that a principal grants, changes and lifts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import InvalidInput, errors
from peculium.principal import Principal


def test_refuses_a_wallet_of_another_principal(suite, stranger, created):
    with pytest.raises(errors.NotPrincipal, match=created.principal.address):
        Principal(stranger, suite).grant(created.wallet.address, created.mandate)


def test_refuses_what_is_no_mandate(boss, created):
    with pytest.raises(InvalidInput, match=r"a str\. Pass a Mandate"):
        boss.grant(created.wallet.address, "mandate")


def test_refuses_the_signature_of_another_key(boss, created, stranger):
    with pytest.raises(InvalidInput, match=f"is for the key {created.agent.address}"):
        boss.grant_with_agent(created.wallet.address, created.mandate, stranger)


def test_refuses_to_show_a_mandate_that_was_lifted(boss, created):
    boss.lift(created.wallet.address)
    with pytest.raises(errors.NoMandate):
        boss.mandate(created.wallet.address)


def test_grants_in_the_present_round(boss, created):
    changed = replace(created.mandate, max_requests=1)
    for number in (1, 2):
        granted = boss.grant(created.wallet.address, changed)
        assert granted.mandate.round == number
    assert created.wallet.enforces(granted.mandate)
    assert boss.mandate(created.wallet.address) == granted.mandate


def test_grant_with_the_agents_signature_is_anchored(boss, created, suite):
    granted = boss.grant_with_agent(created.wallet.address, created.mandate, created.agent)
    assert suite.registry.check_wallet(created.wallet.address).mandate_hash == granted.mandate.hash()


def test_new_key_pays_and_the_old_one_does_not(boss, created, funded, usdc, payee):
    wallet, new = created.wallet, funded("new key")
    wallet.pay(created.agent, usdc.address, payee.address, 1)
    boss.rotate_key(wallet.address, new.address)
    wallet.pay(new, usdc.address, payee.address, 1)
    assert wallet.remaining("USD").lifetime == created.mandate.budgets[0].lifetime_limit - 2
    with pytest.raises(errors.NotAgentKey):
        wallet.pay(created.agent, usdc.address, payee.address, 1)


def test_refuses_a_wallet_of_an_ended_epoch(boss, created):
    boss.revoke_all()
    with pytest.raises(
        errors.EpochEnded, match=r"was created in epoch 0, the current epoch is 1\. Create a new wallet"
    ):
        boss.grant(created.wallet.address, created.mandate)
