"""`revoke`: the principal or a guardian stops one agent for ever."""

import pytest

from peculium import Pay, Status, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses


@pytest.mark.parametrize("role", ["stranger", "agent", "other_principal", "guardian"])
def test_reverts_for_every_other_caller(switch, created, principal, role, request):
    """I12, I28."""
    caller = request.getfixturevalue(role)
    with refuses(errors.NotPrincipalOrGuardian, account=caller.address, principal=principal.address):
        switch.revoke(caller, created.wallet.address, principal.address)


@pytest.mark.parametrize("role", ["principal", "with_guardian"])
def test_stops_the_agent(switch, suite, created, principal, usdc, payee, role, request):
    """I8: the agent cannot act any more."""
    caller = request.getfixturevalue(role)
    event = switch.revoke(caller, created.wallet.address, principal.address).event("AgentRevoked")
    assert event.arguments == {"principal": principal.address, "wallet": created.wallet.address, "by": caller.address}
    assert suite.registry.check_wallet(created.wallet.address).status is Status.REVOKED
    arguments = {"principal": principal.address, "wallet": created.wallet.address}
    with refuses(errors.AgentIsRevoked, **arguments):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    with refuses(errors.AgentIsRevoked, **arguments):
        created.wallet.pay_batch(created.agent, [Pay(usdc.address, payee.address, 1)])


def test_cannot_be_undone(switch, created, principal, new_mandate, time_travel, pays):
    """I11: neither time nor a new mandate ends a revocation."""
    switch.revoke(principal, created.wallet.address)
    time_travel(seconds=10 * DAY)
    created.wallet.set_mandate(principal, new_mandate().in_round(created.wallet.round))
    with refuses(errors.AgentIsRevoked):
        pays(created)


def test_agent_revoked_before_its_creation_never_acts(switch, suite, principal, agent, new_agent, pays):
    switch.revoke(principal, suite.factory.wallet_address(principal.address, agent.address, 77), unchecked=True)
    with refuses(errors.AgentIsRevoked):
        pays(new_agent(salt=77))


def test_second_revocation_changes_nothing(switch, created, principal):
    switch.revoke(principal, created.wallet.address)
    assert switch.revoke(principal, created.wallet.address).events == ()


@pytest.mark.parametrize("state", ["paused", "all paused", "all revoked", "dormant", "expired", "lifted", "unknown"])
def test_succeeds_in_every_state(switch, created, principal, time_travel, state):
    """I10."""
    wallet = created.wallet.address
    if state == "paused":
        switch.pause(principal, wallet)
    elif state == "all paused":
        switch.pause_all(principal)
    elif state == "all revoked":
        switch.revoke_all(principal)
    elif state == "dormant":
        switch.send(principal, "setHeartbeat", DAY)
        time_travel(seconds=2 * DAY)
    elif state == "expired":
        time_travel(seconds=31 * DAY)
    elif state == "lifted":
        created.wallet.lift_mandate(principal)
    else:
        wallet = ZERO_ADDRESS
    switch.revoke(principal, wallet, unchecked=wallet == ZERO_ADDRESS)
    assert switch.read("isRevoked", principal.address, wallet, 0)
