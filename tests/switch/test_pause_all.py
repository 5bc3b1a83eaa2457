"""`pauseAll` and `unpauseAll`: stop all agents of one principal reversibly."""

import pytest

from peculium import errors
from verification.testing.refusals import refuses


@pytest.mark.parametrize("role", ["stranger", "agent", "other_principal", "guardian"])
def test_reverts_for_every_other_caller(switch, principal, role, request):
    """I12, I28."""
    caller = request.getfixturevalue(role)
    with refuses(errors.NotPrincipalOrGuardian, account=caller.address, principal=principal.address):
        switch.pause_all(caller, principal.address)


@pytest.mark.parametrize("role", ["with_guardian", "agent", "stranger", "other_principal"])
def test_only_the_principal_can_unpause(switch, created, principal, pays, role, request):
    """I12."""
    switch.pause_all(principal)
    assert switch.unpause_all(request.getfixturevalue(role)).events == ()
    with refuses(errors.PrincipalIsPaused):
        pays(created)


@pytest.mark.parametrize("role", ["principal", "with_guardian"])
def test_stops_all_agents_including_later_ones(switch, created, new_agent, other_agent, principal, pays, role, request):
    caller = request.getfixturevalue(role)
    event = switch.pause_all(caller, principal.address).event("AllPaused")
    assert event.arguments == {"principal": principal.address, "by": caller.address}
    for agent in (created, new_agent(key=other_agent)):
        with refuses(errors.PrincipalIsPaused, principal=principal.address):
            pays(agent)


def test_does_not_affect_agents_of_other_principals(switch, principal, new_agent, other_principal, other_agent, pays):
    """I28."""
    agent = new_agent(by=other_principal, key=other_agent)
    switch.pause_all(principal)
    pays(agent)


def test_second_pause_changes_nothing(switch, principal):
    switch.pause_all(principal)
    assert switch.pause_all(principal).events == ()


def test_principal_unpauses(switch, created, principal, pays):
    switch.pause_all(principal)
    assert switch.unpause_all(principal).event("AllUnpaused").arguments == {"principal": principal.address}
    pays(created)


def test_unpausing_all_leaves_individually_paused_agents_paused(switch, created, principal, pays):
    switch.pause(principal, created.wallet.address)
    switch.pause_all(principal)
    switch.unpause_all(principal)
    with refuses(errors.AgentIsPaused):
        pays(created)
