"""`register`: creates an ERC-8004 agent of the caller. Each of its three overloads."""

import pytest

from peculium import Status, errors
from verification.testing.refusals import refuses


def test_reverts_for_the_reserved_key(registry, principal):
    with refuses(errors.ReservedKey, metadata_key="agentWallet"):
        registry.register(principal, "", {"agentWallet": b"\x01" * 20})


@pytest.mark.parametrize(
    ("function", "arguments", "uri"),
    [
        ("register()", (), ""),
        ("register(string)", ("ipfs://x",), "ipfs://x"),
        ("register(string)", ("x",), "x"),
        ("register(string,(string,bytes)[])", ("ipfs://x", [("a", b"1"), ("b", b"")]), "ipfs://x"),
    ],
)
def test_mints_and_emits_events_in_the_order_of_erc_8004(registry, stranger, function, arguments, uri):
    """Transfer, Registered, MetadataSet: a subgraph drops metadata of an agent that it has not indexed yet."""
    receipt = registry.send(stranger, function, *arguments)
    names = [event.name for event in receipt.events if event.name != "MetadataUpdate"]
    pairs = arguments[1] if len(arguments) > 1 else []
    assert names == ["Transfer", "Registered", *["MetadataSet"] * (1 + len(pairs))]
    # ERC-4906 emits `MetadataUpdate` for a change of the URI only.
    assert len(receipt.events) - len(names) == bool(uri)
    registered = receipt.event("Registered").arguments
    agent_id = registered["agentId"]
    assert registered == {"agentId": agent_id, "agentURI": uri, "owner": stranger.address}
    wallet, *others = [event.arguments for event in receipt.events if event.name == "MetadataSet"]
    assert (wallet["metadataKey"], wallet["metadataValue"]) == ("agentWallet", bytes.fromhex(stranger.address[2:]))
    assert [(each["metadataKey"], each["metadataValue"]) for each in others] == list(pairs)
    assert registry.owner_of(agent_id) == stranger.address
    assert registry.read("tokenURI", agent_id) == uri
    assert registry.read("getAgentWallet", agent_id) == stranger.address


def test_first_log_with_four_topics_contains_the_agent_id(registry, web3, stranger):
    """The public Python SDK reads the agentId from it."""
    receipt = registry.send(stranger, "register()")
    logs = web3.eth.get_transaction_receipt(receipt.transaction)["logs"]
    first = next(log for log in logs if len(log["topics"]) == 4)
    assert first["topics"][0] == web3.keccak(text="Transfer(address,address,uint256)")
    assert int.from_bytes(first["topics"][3]) == receipt.event("Registered").arguments["agentId"]


def test_ids_increase_from_zero(deploy, stranger):
    registry = deploy("AgentRegistry")
    ids = [registry.send(stranger, "register()").event("Registered").arguments["agentId"] for _ in range(3)]
    assert ids == [0, 1, 2]


def test_registration_creates_no_liability(registry, registered, principal):
    """I23: ownership of the token is not liability for the agent."""
    check = registry.check_agent(registered)
    assert (check.status, int(check.principal, 16)) == (Status.UNACCEPTED, 0)
    assert registry.check_wallet(principal.address).status is Status.UNKNOWN
