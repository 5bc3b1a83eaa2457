"""What the wallet can receive: collectibles and native currency; and what it says it is."""

from __future__ import annotations

import pytest

from peculium import Call
from verification.testing.addresses import ZERO_ADDRESS


@pytest.mark.parametrize(
    ("interface", "supported"),
    [("01ffc9a7", True), ("1626ba7e", True), ("150b7a02", True), ("4e2312e0", True), ("ffffffff", False)],
    ids=["ERC-165", "ERC-1271", "ERC-721 receiver", "ERC-1155 receiver", "none"],
)
def test_it_says_what_it_is(interface, supported, created):
    assert created.wallet.read("supportsInterface", bytes.fromhex(interface)) is supported


def test_a_collectible_comes_in_safely_and_only_the_principal_moves_it(created, suite, stranger):
    """An agent's own token of the registry is an ERC-721."""
    registry, wallet = suite.registry, created.wallet
    receipt = registry.send(stranger, "register()")
    agent_id = receipt.event("Registered").arguments["agentId"]
    registry.send(stranger, "safeTransferFrom(address,address,uint256)", stranger.address, wallet.address, agent_id)
    assert registry.read("ownerOf", agent_id) == wallet.address
    home = registry.call_data("transferFrom", wallet.address, created.principal.address, agent_id)
    wallet.execute(created.principal, Call(registry.address, 0, home))
    assert registry.read("ownerOf", agent_id) == created.principal.address


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("onERC721Received", (ZERO_ADDRESS, ZERO_ADDRESS, 1, b"")),
        ("onERC1155Received", (ZERO_ADDRESS, ZERO_ADDRESS, 1, 1, b"")),
        ("onERC1155BatchReceived", (ZERO_ADDRESS, ZERO_ADDRESS, [1], [1], b"")),
    ],
)
def test_a_receivers_answer_changes_nothing(function, arguments, created, stranger):
    """C04."""
    before = created.wallet.read("mandateHash"), created.wallet.read("remaining", "USD")
    receipt = created.wallet.send(stranger, function, *arguments)
    assert receipt.events == ()
    assert (created.wallet.read("mandateHash"), created.wallet.read("remaining", "USD")) == before
