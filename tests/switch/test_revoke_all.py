"""`revokeAll`: stops every agent of one principal for ever, with one storage write."""

import pytest
from eth_account import Account
from web3 import Web3

from peculium import Status, errors
from verification.testing.refusals import refuses


@pytest.mark.parametrize("role", ["stranger", "agent", "other_principal", "guardian"])
def test_reverts_for_every_other_caller(switch, principal, role, request):
    """I12, I28."""
    caller = request.getfixturevalue(role)
    with refuses(errors.NotPrincipalOrGuardian, account=caller.address, principal=principal.address):
        switch.revoke_all(caller, principal.address)


def test_reverts_for_a_new_mandate_of_an_earlier_wallet(switch, created, principal, new_mandate):
    """I11: a wallet keeps the epoch in which it was created."""
    switch.revoke_all(principal)
    with refuses(errors.EpochMismatch, given=1, expected=0):
        created.wallet.set_mandate(principal, new_mandate(epoch=1).in_round(created.wallet.round))


def test_earlier_signed_creation_is_void(switch, suite, new_mandate, principal, agent, relayer, now):
    """I8: includes an agent that is signed for but not created yet."""
    creation = suite.factory.prepare(suite.registry, new_mandate(), principal, agent, "", bytes(32), now() + 3600, 5)
    switch.revoke_all(principal)
    with refuses(errors.EpochMismatch, given=0, expected=1):
        suite.factory.create_agent(relayer, creation)


@pytest.mark.parametrize("role", ["principal", "with_guardian"])
def test_stops_every_agent_of_the_principal(
    switch, suite, created, new_agent, other_agent, principal, pays, role, request
):
    """I8, I9."""
    agents = [created, new_agent(key=other_agent)]
    caller = request.getfixturevalue(role)
    event = switch.revoke_all(caller, principal.address).event("AllRevoked")
    assert event.arguments == {"principal": principal.address, "endedEpoch": 0, "by": caller.address}
    for agent in agents:
        with refuses(errors.EpochEnded, principal=principal.address, epoch=0, current_epoch=1):
            pays(agent)
        assert suite.registry.check_wallet(agent.wallet.address).status is Status.REVOKED


def test_does_not_affect_agents_of_other_principals(switch, principal, new_agent, other_principal, other_agent, pays):
    """I28."""
    agent = new_agent(by=other_principal, key=other_agent)
    switch.revoke_all(principal)
    pays(agent)


def test_agent_created_afterwards_pays(switch, created, new_agent, other_agent, principal, pays):
    switch.revoke_all(principal)
    pays(new_agent(key=other_agent))
    with refuses(errors.EpochEnded):
        pays(created)


def test_second_revocation_ends_the_next_epoch(switch, principal):
    for epoch in range(3):
        assert switch.revoke_all(principal).event("AllRevoked").arguments["endedEpoch"] == epoch
    assert switch.epoch_of(principal.address) == 3


def test_gas_is_independent_of_the_number_of_agents(switch, new_agent, principal, other_principal):
    """I9. `ape run gas` measures it for a hundred agents."""
    for i in range(3):
        new_agent(by=principal, key=Account.from_key(Web3.keccak(text=f"agent {i}")))
    new_agent(by=other_principal, key=Account.from_key(Web3.keccak(text="another's agent")))
    assert switch.revoke_all(principal).gas_used == switch.revoke_all(other_principal).gas_used
