"""`canonical.check`: who owns an agent, which wallet it names, and whether the link holds in both directions."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peculium import InvalidInput, Issuer, canonical, errors
from peculium.canonical import AgentReference, RegistrationFile, Service
from peculium.canonical.agent import KEY
from peculium.canonical.registration_file import TYPE
from peculium.deployments import KnownRegistries
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY


@pytest.mark.parametrize(
    "text",
    ["", "22", "eip155:1:0x8004:22", "eip155:1:0x" + "11" * 20, "solana:1:0x" + "11" * 20 + ":1", 7, None, "\u202e"],
)
def test_refuses_what_names_no_agent(text, suite):
    with pytest.raises(InvalidInput, match="names no agent"):
        canonical.check(text, suite)


def test_refuses_an_agent_of_another_chain(suite, identity, at):
    with pytest.raises(errors.WrongChain, match="agent of chain 84532"):
        canonical.check(f"eip155:84532:{identity.address}:0", suite, **at)


def test_refuses_a_registry_that_is_not_trusted(suite, identity, web3, stranger):
    """Anybody can deploy a registry that says what they like."""
    chain_id = web3.eth.chain_id
    with pytest.raises(InvalidInput, match="isn't the registry"):
        canonical.check(f"eip155:{chain_id}:{stranger.address}:0", suite, registry=identity.address)
    with pytest.raises(InvalidInput, match="No canonical registry"):
        canonical.check(f"eip155:{chain_id}:{identity.address}:0", suite)


def test_trusts_the_registry_of_the_chain_data(suite, registered, identity, web3, monkeypatch):
    chain_id = web3.eth.chain_id
    known = {chain_id: KnownRegistries(chain_id, identity.address, ZERO_ADDRESS, "test")}
    monkeypatch.setattr("peculium.canonical.identity.registries", lambda: known)
    assert canonical.check(str(registered.reference), suite).owner == registered.owner


def test_refuses_a_registry_without_code(suite, web3, stranger):
    with pytest.raises(errors.NoContractHere):
        canonical.check(f"eip155:{web3.eth.chain_id}:{stranger.address}:0", suite, registry=stranger.address)


def test_an_agent_that_nobody_has_is_an_answer(suite, identity, at, web3):
    found = canonical.check(f"eip155:{web3.eth.chain_id}:{identity.address}:9", suite, **at)
    assert (found.owner, found.wallet, found.linked, found.live) == (None, None, False, False)
    assert "has no agent 9" in found.problem


def test_an_agent_of_a_bare_key_is_limited_by_nothing(link, registered, principal):
    """The registry names the owner as the wallet until another proves itself."""
    found = link.look()
    assert (found.owner, found.wallet) == (principal.address, principal.address)
    assert (found.is_wallet, found.linked, found.live) == (False, False, False)
    assert "isn't a wallet of this suite" in found.problem
    assert found.file == registered.file
    assert not found.active_differs


def test_a_linked_agent_has_the_whole_check_of_its_wallet(link, created, suite, other_principal, now):
    link.bind()
    Issuer(other_principal, suite).issue(created.wallet.address, "audit", valid_from=now(), valid_until=now() + DAY)
    found = link.look(credentials=["audit"], issuers=[other_principal.address])
    assert (found.linked, found.live, found.problem) == (True, True, "")
    assert (found.counterparty.agent_id, found.counterparty.mandate) == (created.agent_id, created.mandate)
    assert found.counterparty.missing == ()
    assert not found.active_differs
    assert "linked in both directions: yes" in str(found)


def test_a_stop_shows(link, created, suite):
    link.bind()
    suite.switch.pause(created.principal, created.wallet.address)
    found = link.look()
    assert (found.linked, found.live, found.active_differs) == (True, False, True)
    assert "PAUSED" in found.problem


def test_a_link_in_one_direction_is_none(link, created, suite, principal):
    """Whoever owns a canonical agent can't borrow somebody else's wallet."""
    link.bind()
    suite.registry.send(principal, "setMetadata", created.agent_id, KEY, b"eip155:1:0x00:1\n  live: yes")
    found = link.look()
    assert (found.is_wallet, found.linked, found.live) == (True, False, False)
    assert "names another canonical agent" in found.problem
    assert str(found).count("\n  live:") == 1


def test_a_new_owner_has_to_bind_again(link, registered, identity, principal, stranger):
    link.bind()
    identity.send(principal, "transferFrom", principal.address, stranger.address, registered.reference.agent_id)
    found = link.look()
    assert (found.owner, found.wallet, found.linked, found.live) == (stranger.address, None, False, False)


KEYS = (
    "reference chain_id registry agent_id owner wallet is_wallet linked live problem named_back uri file file_problem "
    "active_differs counterparty"
)


def test_json_has_the_same_keys_for_everybody(link, suite, registered, at):
    nobody = AgentReference(registered.reference.chain_id, registered.reference.registry, 10**6)
    link.bind()
    for found in (link.look(), canonical.check(nobody, suite, **at)):
        assert " ".join(found.as_dict()) == KEYS
        assert json.loads(json.dumps(found.as_dict())) == found.as_dict()


NO_FILES = {
    "none": ("", "no registration file"),
    "elsewhere": ("https://agent.example/\n  live: yes\u202e", "isn't in its URI but at"),
    "no base64": ("data:application/json;base64,???", "isn't JSON"),
    "no object": ("data:application/json,[1]", "no registration file of the type"),
    "no number": ('data:application/json,{"x":NaN}', "isn't JSON"),
    "no text": ("data:application/json,%ff", "isn't JSON"),
}


@pytest.mark.parametrize("kind", NO_FILES)
def test_a_file_that_can_not_be_read_is_an_answer(kind, link, registered, identity, principal):
    uri, words = NO_FILES[kind]
    identity.send(principal, "setAgentURI", registered.reference.agent_id, uri)
    found = link.look()
    assert found.file is None
    assert words in found.file_problem
    assert str(found).count("\n  live:") == 1


@pytest.mark.parametrize("body", ["deep", "long"])
def test_refuses_a_file_that_is_deep_or_long(body):
    text = {"deep": "[" * 100_000, "long": "1" * 300_000}[body]
    with pytest.raises(InvalidInput, match={"deep": "isn't JSON", "long": "at most 200000"}[body]):
        RegistrationFile.of_uri("data:application/json," + text)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=9)
    | st.sampled_from([TYPE, "eip155:1:0x" + "11" * 20]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.fixed_dictionaries({"agentRegistry": inner, "agentId": inner})
        | st.fixed_dictionaries({"name": inner, "endpoint": inner})
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["name", "description", "active", "services", "registrations", "supportedTrust", "x"])


@given(content=st.dictionaries(NAMES, JSON, max_size=5))
def test_a_file_of_a_stranger_is_read_whatever_it_says(content):
    written = RegistrationFile({**content, "type": TYPE})
    file = RegistrationFile.of_uri(written.uri())
    assert file == written
    assert all(isinstance(each, Service) for each in file.services)
    assert all(isinstance(each, AgentReference) for each in file.registrations)
    assert isinstance(file.name + file.description, str)
    assert file.with_active(True).active


@given(uri=st.text() | st.binary().map(lambda raw: "data:application/json;base64," + base64.b64encode(raw).decode()))
def test_refuses_any_other_uri(uri):
    with pytest.raises(InvalidInput):
        RegistrationFile.of_uri(uri)
