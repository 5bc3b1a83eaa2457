"""`liftMandate`: the principal ends the mandate without a call to any other contract."""

from __future__ import annotations

import pytest

from peculium import Pay, errors
from peculium.registry import Status
from verification.testing.refusals import refuses


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "payee", "other_principal"])
def test_refuses_callers_other_than_the_principal(caller, created, request):
    account = request.getfixturevalue(caller)
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        created.wallet.lift_mandate(account)
    assert created.wallet.enforces(created.mandate)


def test_refuses_to_lift_a_mandate_twice(created):
    created.wallet.lift_mandate(created.principal)
    with refuses(errors.NoMandate):
        created.wallet.lift_mandate(created.principal)


def test_refuses_every_action_of_the_agent_afterwards(created, usdc, payee):
    """I8."""
    created.wallet.lift_mandate(created.principal)
    for act in (
        lambda: created.wallet.pay(created.agent, usdc.address, payee.address, 1),
        lambda: created.wallet.pay_batch(created.agent, [Pay(usdc.address, payee.address, 1)]),
        lambda: created.wallet.resign(created.agent),
        lambda: created.wallet.grant(),
        lambda: created.wallet.remaining("USD"),
        lambda: created.wallet.read("isPayee", usdc.address, payee.address),
    ):
        with refuses(errors.NoMandate):
            act()


def test_emits_the_hash_of_the_lifted_mandate(created):
    event = created.wallet.lift_mandate(created.principal).event("MandateLifted")
    assert event.arguments == {"mandateHash": created.mandate.hash()}


def test_keeps_the_last_mandate_hash_and_the_spending(created, usdc, payee):
    """I3."""
    created.wallet.pay(created.agent, usdc.address, payee.address, 7)
    created.wallet.lift_mandate(created.principal)
    assert created.wallet.mandate_hash == bytes(32)
    assert created.wallet.last_mandate_hash == created.mandate.hash()
    assert created.wallet.spent("USD") == 7
    assert not created.wallet.enforces(created.mandate)


def test_registry_reports_the_agent_as_unaccepted(created, suite):
    """I27."""
    created.wallet.lift_mandate(created.principal)
    assert suite.registry.check_agent(created.agent_id).status is Status.UNACCEPTED


def test_succeeds_when_every_other_contract_fails(created, suite, web3):
    """I10. `liftMandate` calls no other contract."""
    for name in ("REGISTRY", "SWITCH", "FACTORY", "WRITER"):
        web3.provider.make_request("anvil_setCode", [created.wallet.read(name), "0xfe"])
    created.wallet.lift_mandate(created.principal)
    assert created.wallet.mandate_hash == bytes(32)


@pytest.mark.parametrize("stop", ["pause", "revoke"])
def test_succeeds_for_a_stopped_agent(stop, created, suite):
    getattr(suite.switch, stop)(created.principal, created.wallet.address)
    created.wallet.lift_mandate(created.principal)
    assert created.wallet.mandate_hash == bytes(32)


def test_succeeds_after_the_mandate_has_expired(created, time_travel):
    time_travel(to=created.mandate.valid_until)
    created.wallet.lift_mandate(created.principal)
    assert created.wallet.mandate_hash == bytes(32)


def test_a_lifted_mandate_cannot_be_installed_again(created, sign_mandate, principal, agent, relayer):
    """I31. Neither it nor one that was signed beside it: lifting ends the round for which they were signed."""
    spare = created.mandate.in_round(1)
    signatures = [sign_mandate(account, spare, created) for account in (principal, agent)]
    created.wallet.lift_mandate(principal)
    for mandate in (created.mandate, spare):
        with refuses(errors.RoundEnded, given=mandate.round, expected=2):
            created.wallet.set_mandate_signed(relayer, mandate, *signatures)
        with refuses(errors.RoundEnded, given=mandate.round, expected=2):
            created.wallet.set_mandate(principal, mandate)
    assert created.wallet.mandate_hash == bytes(32)


def test_lifting_ends_the_round(created):
    """I31."""
    assert created.wallet.round == 1
    created.wallet.lift_mandate(created.principal)
    assert created.wallet.round == 2


def test_agent_pays_again_under_the_next_mandate(created, replace_mandate, usdc, payee):
    created.wallet.lift_mandate(created.principal)
    replace_mandate(created)
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    assert usdc.balance(payee.address) == 1
