"""Deployment of the switch, with the registry that may call `revokeUnlinked`."""

from peculium import errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.refusals import refuses


def test_reverts_without_a_registry(deploy):
    with refuses(errors.ZeroAddress):
        deploy("RevocationSwitch", ZERO_ADDRESS)


def test_stores_its_registry(deploy, switch, suite, stranger):
    assert deploy("RevocationSwitch", stranger.address).read("REGISTRY") == stranger.address
    assert switch.read("REGISTRY") == suite.registry.address
