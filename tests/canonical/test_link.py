"""What the owner of a canonical agent does: `register`, `bind`, `set_active`, `mirror`."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from peculium import InvalidInput, Principal, canonical, errors
from peculium.canonical import IdentityRegistry, RegistrationFile
from peculium.chain.node import Node
from peculium.devnet.anvil import rpc
from peculium.errors import NodeRefused

TYPE = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1"


def file_of(identity, reference):
    """The file in the registry, decoded by hand."""
    head, body = identity.read("tokenURI", reference.agent_id).split(",")
    assert head == "data:application/json;base64"
    return json.loads(base64.b64decode(body))


# Refusals


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": ""}, "name is"),
        ({"description": " "}, "description is"),
        ({"services": "https://agent.example"}, "Pass a list"),
        ({"services": [("MCP",)]}, "name and endpoint"),
        ({"services": ["MCP"]}, "name and endpoint"),
        ({"supported_trust": "reputation"}, "Pass a list"),
        ({"description": "x" * 20_000}, "Shorten it"),
        ({"name": "\ud800"}, "Unicode"),
    ],
)
def test_registers_nothing_with_a_malformed_file(options, words, suite, principal, at, web3):
    sent = web3.eth.get_transaction_count(principal.address)
    with pytest.raises(InvalidInput, match=words):
        canonical.register(suite, principal, **{"name": "A", "description": "B", **options}, **at)
    assert web3.eth.get_transaction_count(principal.address) == sent


def test_says_which_arguments_are_swapped_and_shows_no_key(suite):
    key = "0x" + "ab" * 32
    with pytest.raises(InvalidInput, match=r"the order is register\(network, account") as caught:
        canonical.register(key, "http://127.0.0.1:9", "A", "B")
    assert "abab" not in str(caught.value)


def test_binds_nothing_for_a_stranger(suite, registered, created, stranger, at):
    with pytest.raises(errors.NotOwner):
        canonical.bind(suite, stranger, registered.reference, created.wallet.address, **at)


def test_binds_nothing_but_a_wallet_of_the_suite(suite, registered, principal, payee, at):
    with pytest.raises(errors.NoPeculiumWallet):
        canonical.bind(suite, principal, registered.reference, payee.address, **at)


def test_binds_no_wallet_of_another_principal(suite, created, other_principal, at):
    mine = canonical.register(suite, other_principal, "A", "B", **at)
    with pytest.raises(InvalidInput, match="belongs to"):
        canonical.bind(suite, other_principal, mine.reference, created.wallet.address, **at)


def test_the_registry_refuses_another_signature(identity, registered, created, principal, stranger, now, suite):
    registry = IdentityRegistry(suite.web3, identity.address)
    deadline = now() + 100
    data = registry.wallet_typed_data(
        registered.reference.agent_id, created.wallet.address, principal.address, deadline
    )
    signature = bytes(stranger.sign_typed_data(full_message=data).signature)
    with pytest.raises(errors.UnknownRevert, match="invalid wallet sig"):
        registry.set_wallet(principal, registered.reference.agent_id, created.wallet.address, deadline, signature)


def test_mirrors_nothing_for_a_stranger_and_nothing_into_a_file_elsewhere(
    suite, registered, identity, principal, stranger, at
):
    with pytest.raises(errors.NotOwner):
        canonical.set_active(suite, stranger, registered.reference, False, **at)
    identity.send(principal, "setAgentURI", registered.reference.agent_id, "https://agent.example/file.json")
    with pytest.raises(InvalidInput, match="only be changed in a file within the URI"):
        canonical.set_active(suite, principal, registered.reference, False, **at)


def test_refuses_an_agent_that_nobody_has(suite, registered, principal, at):
    missing = str(registered.reference).rpartition(":")[0] + ":77"
    with pytest.raises(InvalidInput, match="Register one first"):
        canonical.set_active(suite, principal, missing, False, **at)


# Done


def test_registers_with_a_file_that_names_the_agent(registered, identity, principal):
    reference = registered.reference
    assert identity.read("ownerOf", reference.agent_id) == registered.owner == principal.address
    assert file_of(identity, reference) == {
        "type": TYPE,
        "name": "Shop agent",
        "description": "Buys parts.",
        "image": "",
        "services": [
            {"name": "MCP", "endpoint": "https://agent.example/mcp", "version": "2025-06-18"},
            {"name": "web", "endpoint": "https://agent.example"},
        ],
        "x402Support": False,
        "active": True,
        "registrations": [{"agentId": reference.agent_id, "agentRegistry": reference.agent_registry}],
        "supportedTrust": ["reputation"],
    }
    assert len(registered.transactions) == 1
    assert registered.as_dict() == json.loads(json.dumps(registered.as_dict()))
    assert str(reference) in str(registered)


def test_corrects_the_file_if_somebody_takes_the_expected_id(suite, principal, identity, stranger, at, monkeypatch):
    next_id = IdentityRegistry.next_id

    def slow(self, owner, uri):
        expected = next_id(self, owner, uri)
        identity.send(stranger, "register()")
        return expected

    monkeypatch.setattr(IdentityRegistry, "next_id", slow)
    made = canonical.register(suite, principal, "A", "B", **at)
    assert identity.read("ownerOf", made.reference.agent_id) == principal.address
    assert [each["agentId"] for each in file_of(identity, made.reference)["registrations"]] == [made.reference.agent_id]
    assert len(made.transactions) == 2


def test_finds_its_own_agent_if_the_owner_registers_another_in_the_same_transaction(
    suite, principal, identity, at, monkeypatch
):
    send = IdentityRegistry.send

    def twice(self, owner, function, *arguments, **options):
        receipt = send(self, owner, function, *arguments, **options)
        (event,) = (each for each in receipt.events if each.name == "Registered")
        another = replace(event, arguments={**event.arguments, "agentId": 99, "agentURI": ""})
        return replace(receipt, events=(another, *receipt.events))

    monkeypatch.setattr(IdentityRegistry, "send", twice)
    made = canonical.register(suite, principal, "A", "B", **at)
    assert identity.read("ownerOf", made.reference.agent_id) == principal.address


def test_binds_both_ways_and_only_once(link, identity, registered, created, suite):
    done = link.bind()
    assert (done.linked, len(done.transactions)) == (True, 2)
    assert identity.read("getAgentWallet", registered.reference.agent_id) == created.wallet.address
    metadata = suite.registry.read("getMetadata", created.agent_id, "canonicalAgent")
    assert bytes(metadata).decode() == str(registered.reference)
    assert link.bind().transactions == ()
    assert "linked in both directions" in str(done)
    json.dumps(done.as_dict())


def test_goes_on_after_half_a_binding(link, created, suite, principal):
    link.bind()
    suite.registry.send(principal, "setMetadata", created.agent_id, "canonicalAgent", b"")
    assert not link.look().linked
    done = link.bind()
    assert (done.linked, len(done.transactions)) == (True, 1)


@pytest.mark.parametrize("answer", ["pending", None, NodeRefused("no such block")])
def test_binds_on_a_chain_whose_last_block_is_old(answer, link, web3, now, monkeypatch):
    request = Node.request

    def answering(self, method, *parameters, **options):
        if method != "eth_getBlockByNumber" or parameters[0] != "pending" or answer == "pending":
            return request(self, method, *parameters, **options)
        if answer is None:
            return None
        raise answer

    monkeypatch.setattr(Node, "request", answering)
    if answer == "pending":
        rpc(web3, "evm_setNextBlockTimestamp", now() + 3_600)
    assert link.bind().linked


def test_says_that_a_wallet_without_an_agent_names_nobody_back(suite, registered, principal, agent, at):
    wallet = suite.factory.create_wallet(principal, principal.address, agent.address, 5).wallet
    done = canonical.bind(suite, principal, registered.reference, wallet, **at)
    assert (done.linked, len(done.transactions), done.agent.wallet) == (False, 1, wallet)
    assert "one direction only" in str(done)


def test_owner_and_principal_can_be_two_accounts(suite, created, other_principal, principal, at):
    mine = canonical.register(suite, other_principal, "A", "B", **at)
    done = canonical.bind(suite, other_principal, mine.reference, created.wallet.address, principal=principal, **at)
    assert done.linked


def test_mirrors_a_stop_and_its_end(link, suite, registered, created, principal, identity, at):
    link.bind()
    boss = Principal(principal, suite)
    assert canonical.mirror(suite, principal, registered.reference, **at).transaction is None
    boss.pause(created.wallet.address)
    stopped = canonical.mirror(suite, principal, registered.reference, **at)
    assert (stopped.active, file_of(identity, registered.reference)["active"]) == (False, False)
    assert "not active" in str(stopped)
    assert not link.look().active_differs
    boss.unpause(created.wallet.address)
    assert canonical.mirror(suite, principal, registered.reference, **at).active
    assert file_of(identity, registered.reference) == registered.file.as_dict()


def test_keeps_what_others_have_written_into_the_file(suite, registered, identity, principal, at):
    content = {
        "type": TYPE,
        "name": "é",
        "services": [{"name": "OASF", "endpoint": "x", "skills": ["a"]}, 7],
        "registrations": [{"agentId": "5", "agentRegistry": "solana:x"}],
        "more": {"a": [1]},
    }
    identity.send(principal, "setAgentURI", registered.reference.agent_id, RegistrationFile(content).uri())
    canonical.set_active(suite, principal, registered.reference, False, **at)
    assert file_of(identity, registered.reference) == {**content, "active": False}
    file = canonical.check(registered.reference, suite, **at).file
    assert (file.name, [each.name for each in file.services], file.registrations) == ("é", ["OASF"], ())
