"""`setAgentURI`, `setMetadata`, `getMetadata`, `isAuthorizedOrOwner`: the registration file and who may change it."""

import pytest

from peculium import errors
from verification.testing.refusals import refuses

WRITES = [("setAgentURI", ("ipfs://new",)), ("setMetadata", ("color", b"red"))]


@pytest.mark.parametrize(("function", "arguments"), WRITES)
def test_reverts_for_a_stranger(registry, registered, stranger, function, arguments):
    with refuses(errors.NotAuthorized, caller=stranger.address, agent_id=registered):
        registry.send(stranger, function, registered, *arguments)


@pytest.mark.parametrize(("function", "arguments"), WRITES)
def test_reverts_for_an_unknown_agent(registry, principal, function, arguments):
    with refuses(errors.ERC721NonexistentToken, token_id=10**9):
        registry.send(principal, function, 10**9, *arguments)


def test_reverts_for_the_reserved_key(registry, registered, principal):
    with refuses(errors.ReservedKey, metadata_key="agentWallet"):
        registry.send(principal, "setMetadata", registered, "agentWallet", b"\x01" * 20)


def test_stranger_is_not_authorized(registry, registered, stranger):
    assert not registry.read("isAuthorizedOrOwner", stranger.address, registered)
    with refuses(errors.ERC721NonexistentToken, token_id=10**9):
        registry.read("isAuthorizedOrOwner", stranger.address, 10**9)


@pytest.mark.parametrize("role", ["owner", "approved", "operator"])
def test_owner_approved_account_and_operator_can_write(registry, registered, principal, relayer, role):
    caller = principal if role == "owner" else relayer
    if role == "approved":
        registry.send(principal, "approve", relayer.address, registered)
    if role == "operator":
        registry.send(principal, "setApprovalForAll", relayer.address, True)
    assert registry.read("isAuthorizedOrOwner", caller.address, registered)
    event = registry.send(caller, "setAgentURI", registered, "ipfs://new").event("URIUpdated")
    assert event.arguments == {"agentId": registered, "newURI": "ipfs://new", "updatedBy": caller.address}
    event = registry.send(caller, "setMetadata", registered, "color", b"red").event("MetadataSet")
    assert (event.arguments["metadataKey"], event.arguments["metadataValue"]) == ("color", b"red")
    assert registry.read("tokenURI", registered) == "ipfs://new"
    assert registry.read("getMetadata", registered, "color") == b"red"


def test_unset_metadata_is_empty(registry, registered, principal):
    assert registry.read("getMetadata", registered, "size") == b""
    assert registry.read("getMetadata", registered, "agentWallet") == bytes.fromhex(principal.address[2:])
    registry.unset_agent_wallet(principal, registered)
    assert registry.read("getMetadata", registered, "agentWallet") == b""
