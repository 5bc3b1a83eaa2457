"""`unpause`: the principal ends a pause that it or a guardian has set."""

import pytest

from peculium import errors
from verification.testing.refusals import refuses


def test_reverts_for_a_revoked_agent(switch, created, principal):
    """I11."""
    switch.pause(principal, created.wallet.address)
    switch.revoke(principal, created.wallet.address)
    with refuses(errors.AgentIsRevoked, principal=principal.address, wallet=created.wallet.address):
        switch.unpause(principal, created.wallet.address)


@pytest.mark.parametrize("role", ["with_guardian", "agent", "stranger", "other_principal"])
def test_unpausing_by_another_account_has_no_effect(switch, created, principal, pays, role, request):
    """I12: a caller can unpause its own agents only."""
    caller = request.getfixturevalue(role)
    switch.pause(principal, created.wallet.address)
    assert switch.unpause(caller, created.wallet.address).events == ()
    with refuses(errors.AgentIsPaused):
        pays(created)


def test_principal_ends_a_pause_by_its_guardian(switch, created, principal, with_guardian, pays):
    switch.pause(with_guardian, created.wallet.address, principal.address)
    event = switch.unpause(principal, created.wallet.address).event("AgentUnpaused")
    assert event.arguments == {"principal": principal.address, "wallet": created.wallet.address}
    pays(created)


def test_does_not_end_a_pause_of_all(switch, created, principal, pays):
    switch.pause_all(principal)
    switch.unpause(principal, created.wallet.address)
    with refuses(errors.PrincipalIsPaused, principal=principal.address):
        pays(created)
