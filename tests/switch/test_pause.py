"""`pause`: the principal or a guardian stops one agent reversibly."""

import pytest

from peculium import errors
from verification.testing.refusals import refuses


@pytest.mark.parametrize("role", ["stranger", "agent", "other_principal", "guardian"])
def test_reverts_for_every_other_caller(switch, created, principal, role, request):
    """I12, I28: includes a guardian that is not appointed."""
    caller = request.getfixturevalue(role)
    with refuses(errors.NotPrincipalOrGuardian, account=caller.address, principal=principal.address):
        switch.pause(caller, created.wallet.address, principal.address)


@pytest.mark.parametrize("role", ["principal", "with_guardian"])
def test_stops_the_agent(switch, created, principal, pays, role, request):
    caller = request.getfixturevalue(role)
    event = switch.pause(caller, created.wallet.address, principal.address).event("AgentPaused")
    assert event.arguments == {
        "principal": principal.address,
        "wallet": created.wallet.address,
        "by": caller.address,
    }
    assert switch.read("isPaused", principal.address, created.wallet.address)
    with refuses(errors.AgentIsPaused, principal=principal.address, wallet=created.wallet.address):
        pays(created)


def test_second_pause_changes_nothing(switch, created, principal):
    switch.pause(principal, created.wallet.address)
    assert switch.pause(principal, created.wallet.address).events == ()


def test_does_not_affect_other_agents_of_the_principal(switch, created, new_agent, other_agent, principal, pays):
    second = new_agent(key=other_agent)
    switch.pause(principal, created.wallet.address)
    pays(second)


def test_pause_under_another_principal_has_no_effect(switch, created, other_principal, pays):
    """I28: a pause counts only under the principal that set it."""
    switch.pause(other_principal, created.wallet.address, unchecked=True)
    pays(created)
