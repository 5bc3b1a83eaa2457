"""`pause`: one agent, reversibly, by the principal or a guardian."""

import pytest

from peculium import exceptions as errors
from verification.testing.refusals import refuses


@pytest.mark.parametrize("role", ["stranger", "agent", "other_principal", "guardian"])
def test_reverts_for_every_other_caller(switch, created, principal, role, request):
    """I12, I28: also for a guardian that nobody has appointed."""
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


def test_a_second_pause_changes_nothing(switch, created, principal):
    switch.pause(principal, created.wallet.address)
    assert switch.pause(principal, created.wallet.address).events == ()


def test_leaves_the_principals_other_agents_alone(switch, created, new_agent, other_agent, principal, pays):
    second = new_agent(key=other_agent)
    switch.pause(principal, created.wallet.address)
    pays(second)


def test_pausing_the_agent_of_another_principal_stops_nobody(switch, created, other_principal, pays):
    """I28: an entry counts under the principal that made it, and under no other."""
    switch.pause(other_principal, created.wallet.address)
    pays(created)
