"""`resign`: the agent revokes itself for ever."""

from __future__ import annotations

import pytest

from peculium import errors
from peculium.registry import Status
from verification.testing.refusals import refuses


@pytest.mark.parametrize("caller", ["principal", "stranger", "guardian", "payee", "other_agent"])
def test_refuses_callers_other_than_the_agent_key(caller, created, request):
    account = request.getfixturevalue(caller)
    with refuses(errors.NotAgentKey, caller=account.address, agent_key=created.agent.address):
        created.wallet.resign(account)


def test_refuses_a_replaced_agent_key(created, replace_mandate, other_agent):
    replace_mandate(created, agent_key=other_agent.address)
    with refuses(errors.NotAgentKey, caller=created.agent.address, agent_key=other_agent.address):
        created.wallet.resign(created.agent)


def test_revokes_the_agent_for_ever(created, suite, replace_mandate, usdc, payee):
    """I8."""
    receipt = created.wallet.resign(created.agent)
    assert receipt.event("AgentRevoked").arguments == {
        "principal": created.principal.address,
        "wallet": created.wallet.address,
        "by": created.wallet.address,
    }
    assert suite.registry.check_agent(created.agent_id).status is Status.REVOKED
    revoked = {"principal": created.principal.address, "wallet": created.wallet.address}
    with refuses(errors.AgentIsRevoked, **revoked):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    with refuses(errors.AgentIsRevoked, **revoked):
        suite.switch.unpause(created.principal, created.wallet.address)
    replace_mandate(created)
    with refuses(errors.AgentIsRevoked, **revoked):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)


@pytest.mark.parametrize("state", ["paused", "all paused", "expired", "not yet valid", "resigned"])
def test_succeeds_in_every_state_of_the_agent(state, new_agent, suite, now, time_travel):
    created = new_agent(valid_from=now() + 10**6) if state == "not yet valid" else new_agent()
    if state == "paused":
        suite.switch.pause(created.principal, created.wallet.address)
    if state == "all paused":
        suite.switch.pause_all(created.principal)
    if state == "expired":
        time_travel(to=created.mandate.valid_until)
    if state == "resigned":
        created.wallet.resign(created.agent)
    created.wallet.resign(created.agent)
    assert suite.switch.read("isRevoked", created.principal.address, created.wallet.address, 0)


def test_does_not_affect_other_agents_of_the_principal(created, new_agent, other_agent, usdc, payee):
    other = new_agent(key=other_agent)
    created.wallet.resign(created.agent)
    other.wallet.pay(other_agent, usdc.address, payee.address, 1)
    assert usdc.balance(payee.address) == 1


def test_principal_withdraws_after_the_agent_resigned(created, usdc, stranger):
    """I18."""
    created.wallet.resign(created.agent)
    created.wallet.withdraw_all(created.principal, usdc.address, stranger.address)
    assert usdc.balance(stranger.address) == 10**6
