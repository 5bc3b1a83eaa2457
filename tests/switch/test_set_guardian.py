"""`setGuardian`: appoints an account that may stop agents, and do nothing else."""

from peculium import errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.refusals import refuses


def test_reverts_for_the_zero_address(switch, principal):
    with refuses(errors.ZeroAddress):
        switch.set_guardian(principal, ZERO_ADDRESS)


def test_removed_guardian_has_no_power(switch, created, principal, with_guardian):
    switch.set_guardian(principal, with_guardian.address, False)
    with refuses(errors.NotPrincipalOrGuardian, account=with_guardian.address):
        switch.revoke(with_guardian, created.wallet.address, principal.address)


def test_guardian_has_no_power_over_another_principal(switch, with_guardian, other_principal):
    """I28."""
    with refuses(errors.NotPrincipalOrGuardian, account=with_guardian.address, principal=other_principal.address):
        switch.pause_all(with_guardian, other_principal.address)


def test_guardian_cannot_appoint_a_guardian_of_the_principal(switch, created, principal, with_guardian, stranger):
    """I12: the appointment counts for the guardian's own agents."""
    switch.set_guardian(with_guardian, stranger.address)
    with refuses(errors.NotPrincipalOrGuardian, account=stranger.address):
        switch.pause(stranger, created.wallet.address, principal.address)


def test_sets_and_removes_the_guardian(switch, principal, guardian):
    for appointed in (True, False):
        event = switch.set_guardian(principal, guardian.address, appointed).event("GuardianSet")
        assert event.arguments == {
            "principal": principal.address,
            "guardian": guardian.address,
            "appointed": appointed,
        }
        assert switch.is_guardian(principal.address, guardian.address) is appointed
