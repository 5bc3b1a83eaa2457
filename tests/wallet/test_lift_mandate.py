"""Lifting the mandate: the agent can do nothing from then on, and no other contract is asked."""

from __future__ import annotations

import pytest

from peculium import Payment
from peculium import exceptions as errors
from peculium.registry import Status
from verification.testing.refusals import refuses


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "payee", "other_principal"])
def test_anyone_but_the_principal_is_refused(caller, created, request):
    account = request.getfixturevalue(caller)
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        created.wallet.lift_mandate(account)
    assert created.wallet.enforces(created.mandate)


def test_what_was_lifted_cannot_be_lifted_again(created):
    created.wallet.lift_mandate(created.principal)
    with refuses(errors.NoMandate):
        created.wallet.lift_mandate(created.principal)


def test_the_event_tells_which_mandate_ended(created):
    event = created.wallet.lift_mandate(created.principal).event("MandateLifted")
    assert event.arguments == {"mandateHash": created.mandate.hash()}


def test_the_agent_can_do_nothing_afterwards(created, usdc, payee):
    """I8."""
    created.wallet.lift_mandate(created.principal)
    for act in (
        lambda: created.wallet.pay(created.agent, usdc.address, payee.address, 1),
        lambda: created.wallet.pay_batch(created.agent, [Payment(usdc.address, payee.address, 1)]),
        lambda: created.wallet.resign(created.agent),
        lambda: created.wallet.grant(),
        lambda: created.wallet.remaining("USD"),
        lambda: created.wallet.read("isPayee", usdc.address, payee.address),
    ):
        with refuses(errors.NoMandate):
            act()


def test_the_last_mandate_is_remembered_and_what_was_spent(created, usdc, payee):
    """I3."""
    created.wallet.pay(created.agent, usdc.address, payee.address, 7)
    created.wallet.lift_mandate(created.principal)
    assert created.wallet.mandate_hash == bytes(32)
    assert created.wallet.last_mandate_hash == created.mandate.hash()
    assert created.wallet.spent("USD") == 7
    assert not created.wallet.enforces(created.mandate)


def test_the_registry_sees_that_the_mandate_is_gone(created, suite):
    """I27."""
    created.wallet.lift_mandate(created.principal)
    assert suite.registry.check_agent(created.agent_id).status is Status.UNACCEPTED


def test_lifts_the_mandate_when_every_other_contract_fails(created, suite, web3):
    """I10. Lifting asks nobody."""
    for name in ("REGISTRY", "SWITCH", "FACTORY", "WRITER"):
        web3.provider.make_request("anvil_setCode", [created.wallet.read(name), "0xfe"])
    created.wallet.lift_mandate(created.principal)
    assert created.wallet.mandate_hash == bytes(32)


@pytest.mark.parametrize("stop", ["pause", "revoke"])
def test_it_works_for_a_stopped_agent(stop, created, suite):
    getattr(suite.switch, stop)(created.principal, created.wallet.address)
    created.wallet.lift_mandate(created.principal)
    assert created.wallet.mandate_hash == bytes(32)


def test_it_works_after_the_mandate_has_ended(created, time_travel):
    time_travel(to=created.mandate.valid_until)
    created.wallet.lift_mandate(created.principal)
    assert created.wallet.mandate_hash == bytes(32)


def test_another_mandate_lets_the_agent_act_again(created, replace_mandate, usdc, payee):
    created.wallet.lift_mandate(created.principal)
    replace_mandate(created)
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    assert usdc.balance(payee.address) == 1
