"""`resign`: an agent whose wallet is a plain key revokes itself."""

from verification.testing.addresses import ZERO_ADDRESS


def test_revokes_the_caller_under_the_principal_it_names(switch, principal, agent):
    event = switch.resign(agent, principal.address).event("AgentRevoked")
    assert event.arguments == {"principal": principal.address, "wallet": agent.address, "by": agent.address}
    assert switch.read("isRevoked", principal.address, agent.address, 0)


def test_does_not_affect_other_wallets(switch, created, stranger, principal, other_principal, pays):
    """I28: under any principal that it names."""
    for named in (principal.address, other_principal.address, ZERO_ADDRESS):
        switch.resign(stranger, named)
    pays(created)
