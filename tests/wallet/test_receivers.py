"""Token receiver callbacks (ERC-721, ERC-1155) and `supportsInterface`."""

from __future__ import annotations

import pytest

from peculium import WalletCall
from verification.testing.addresses import ZERO_ADDRESS


@pytest.mark.parametrize(
    ("interface", "supported"),
    [("01ffc9a7", True), ("1626ba7e", True), ("150b7a02", True), ("4e2312e0", True), ("ffffffff", False)],
    ids=["ERC-165", "ERC-1271", "ERC-721 receiver", "ERC-1155 receiver", "none"],
)
def test_supports_exactly_the_implemented_interfaces(interface, supported, created):
    assert created.wallet.read("supportsInterface", bytes.fromhex(interface)) is supported


def test_receives_an_nft_that_the_principal_can_transfer(created, suite, stranger):
    """The NFT is an agent of the registry."""
    registry, wallet = suite.registry, created.wallet
    receipt = registry.send(stranger, "register()")
    agent_id = receipt.event("Registered").arguments["agentId"]
    registry.send(stranger, "safeTransferFrom(address,address,uint256)", stranger.address, wallet.address, agent_id)
    assert registry.read("ownerOf", agent_id) == wallet.address
    transfer = registry.call_data("transferFrom", wallet.address, created.principal.address, agent_id)
    wallet.execute(created.principal, WalletCall(registry.address, 0, transfer))
    assert registry.read("ownerOf", agent_id) == created.principal.address


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("onERC721Received", (ZERO_ADDRESS, ZERO_ADDRESS, 1, b"")),
        ("onERC1155Received", (ZERO_ADDRESS, ZERO_ADDRESS, 1, 1, b"")),
        ("onERC1155BatchReceived", (ZERO_ADDRESS, ZERO_ADDRESS, [1], [1], b"")),
    ],
)
def test_receiver_callbacks_change_no_state(function, arguments, created, stranger):
    """C04."""
    before = created.wallet.read("mandateHash"), created.wallet.read("remaining", "USD")
    receipt = created.wallet.send(stranger, function, *arguments)
    assert receipt.events == ()
    assert (created.wallet.read("mandateHash"), created.wallet.read("remaining", "USD")) == before
