"""`revokeUnlinked`: the registry revokes a wallet that it has unlinked from its agent."""

import pytest

from peculium import errors
from verification.testing.addresses import adjacent_addresses
from verification.testing.refusals import refuses


@pytest.mark.parametrize("role", ["stranger", "agent", "principal", "with_guardian"])
def test_reverts_for_every_caller_but_the_registry(switch, suite, created, principal, role, request):
    caller = request.getfixturevalue(role)
    with refuses(errors.NotRegistry, caller=caller.address, registry=suite.registry.address):
        switch.send(caller, "revokeUnlinked", principal.address, created.wallet.address)


@pytest.mark.parametrize("side", [0, 1])
def test_reverts_for_addresses_adjacent_to_the_registry(switch, suite, created, principal, side):
    caller = adjacent_addresses(suite.registry.address)[side]
    with refuses(errors.NotRegistry, caller=caller, registry=suite.registry.address):
        switch.read("revokeUnlinked", principal.address, created.wallet.address, sender=caller)


def test_transfer_of_the_identity_revokes_the_wallet(switch, suite, created, principal, stranger, pays):
    """I14."""
    event = suite.registry.transfer(principal, stranger.address, created.agent_id).event("AgentRevoked")
    assert event.arguments == {
        "principal": principal.address,
        "wallet": created.wallet.address,
        "by": suite.registry.address,
    }
    with refuses(errors.AgentIsRevoked):
        pays(created)
