"""Transfers of the identity: they move the name, but neither money nor authority (I14)."""

import pytest

from peculium import Status, errors
from verification.testing.refusals import refuses


def test_reverts_for_a_stranger_before_anything_changes(registry, created, principal, stranger):
    with refuses(errors.UnknownRevert):
        registry.send(stranger, "transferFrom", principal.address, stranger.address, created.agent_id)
    assert registry.check_agent(created.agent_id).status is Status.ACTIVE


def test_ends_liability_link_and_mandate_and_revokes_the_wallet(registry, created, principal, stranger):
    receipt = registry.transfer(principal, stranger.address, created.agent_id)
    names = [event.name for event in receipt.events]
    assert names == ["AgentRevoked", "MetadataSet", "LiabilityEnded", "Transfer"]
    assert receipt.event("MetadataSet").arguments["metadataValue"] == b""
    assert receipt.event("LiabilityEnded").arguments == {
        "agentId": created.agent_id,
        "principal": principal.address,
    }
    check = registry.check_agent(created.agent_id)
    assert (check.status, int(check.principal, 16), int(check.wallet, 16)) == (Status.UNACCEPTED, 0, 0)
    assert check.mandate_hash == bytes(32)
    assert registry.owner_of(created.agent_id) == stranger.address


def test_moves_no_money_and_gives_the_buyer_no_power(registry, created, principal, stranger, usdc, payee):
    balance = usdc.balance(created.wallet.address)
    registry.transfer(principal, stranger.address, created.agent_id)
    assert usdc.balance(created.wallet.address) == balance
    with refuses(errors.NotPrincipal, caller=stranger.address):
        created.wallet.withdraw_all(stranger, usdc.address, stranger.address)
    with refuses(errors.AgentIsRevoked):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    created.wallet.withdraw_all(principal, usdc.address, principal.address)


def test_buyer_becomes_principal_only_after_acceptance(registry, created, principal, stranger):
    registry.transfer(principal, stranger.address, created.agent_id)
    assert int(registry.principal_of(created.agent_id), 16) == 0
    registry.accept_liability(stranger, created.agent_id, bytes(32))
    assert registry.principal_of(created.agent_id) == stranger.address
    assert registry.check_agent(created.agent_id).status is Status.UNACCEPTED


def test_returning_the_agent_restores_nothing(registry, created, principal, stranger):
    """I11."""
    registry.transfer(principal, stranger.address, created.agent_id)
    registry.transfer(stranger, principal.address, created.agent_id)
    assert registry.check_agent(created.agent_id).status is Status.UNACCEPTED
    assert registry.check_wallet(created.wallet.address).status is Status.UNKNOWN


@pytest.mark.parametrize("role", ["approved", "operator"])
def test_approved_account_and_operator_can_transfer(registry, created, principal, relayer, stranger, role):
    if role == "approved":
        registry.send(principal, "approve", relayer.address, created.agent_id)
    else:
        registry.send(principal, "setApprovalForAll", relayer.address, True)
    registry.send(relayer, "transferFrom", principal.address, stranger.address, created.agent_id)
    assert registry.owner_of(created.agent_id) == stranger.address


def test_transfer_without_liability_revokes_nothing(registry, registered, principal, stranger):
    names = [event.name for event in registry.transfer(principal, stranger.address, registered).events]
    assert names == ["MetadataSet", "Transfer"]
