"""`setGuardian`: who may stop, and nothing else."""

from peculium import exceptions as errors
from verification.expectations import ZERO_ADDRESS, refuses


def test_reverts_for_nobody(switch, principal):
    with refuses(errors.ZeroAddress):
        switch.set_guardian(principal, ZERO_ADDRESS)


def test_appoints_and_removes(switch, principal, guardian):
    for appointed in (True, False):
        event = switch.set_guardian(principal, guardian.address, appointed).event("GuardianSet")
        assert event.arguments == {
            "principal": principal.address,
            "guardian": guardian.address,
            "appointed": appointed,
        }
        assert switch.is_guardian(principal.address, guardian.address) is appointed


def test_a_removed_guardian_is_nobody(switch, created, principal, with_guardian):
    switch.set_guardian(principal, with_guardian.address, False)
    with refuses(errors.NotPrincipalOrGuardian, account=with_guardian.address):
        switch.revoke(with_guardian, created.wallet.address, principal.address)


def test_a_guardian_of_one_principal_is_nobody_to_another(switch, with_guardian, other_principal):
    """I28."""
    with refuses(errors.NotPrincipalOrGuardian, account=with_guardian.address, principal=other_principal.address):
        switch.pause_all(with_guardian, other_principal.address)


def test_an_appointment_by_a_guardian_is_its_own_affair(switch, created, principal, with_guardian, stranger):
    """I12: a guardian can't make guardians of the principal's."""
    switch.set_guardian(with_guardian, stranger.address)
    with refuses(errors.NotPrincipalOrGuardian, account=stranger.address):
        switch.pause(stranger, created.wallet.address, principal.address)
