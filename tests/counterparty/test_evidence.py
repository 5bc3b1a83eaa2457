"""Evidence: verified again by somebody else, and refused if a byte is changed."""

from __future__ import annotations

import functools
import json
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web3 import Web3

from peculium import Credential, InvalidInput, Issuer, PeculiumError, check, errors, verify_evidence
from peculium.chain.node import Node
from peculium.credentials import schema_of
from peculium.errors import NodeRefused
from verification.testing.durations import DAY

SCHEMA = "https://schemas.example/audit/1"


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def created(checkpoint, new_agent, suite, other_principal, now, kept):
    """An active agent with a credential. Its evidence is collected once, and its block outlives the tests."""

    def create():
        agent, term = new_agent(), {"valid_from": now(), "valid_until": now() + DAY}
        Issuer(other_principal, suite).issue(agent.wallet.address, SCHEMA, **term)
        found = check(agent.wallet.address, suite, credentials=[SCHEMA], issuers=[other_principal.address])
        kept["json"] = json.dumps(found.as_evidence())
        return agent

    return checkpoint.share("created", create)


@pytest.fixture
def evidence(created, kept):
    """As it arrives at a third party."""
    return json.loads(kept["json"])


@pytest.fixture
def contracts(suite):
    """The suite that the third party trusts."""
    return {
        "AgentRegistry": suite.registry.address,
        "AgentWalletFactory": suite.factory.address,
        "AgentWallet": suite.factory.read("IMPLEMENTATION"),
        "CredentialRegistry": suite.credentials.address,
    }


OTHER = "0x" + "11" * 20
CHANGES = {
    "wallet": lambda e: e["wallet"].update(address=OTHER),
    "code": lambda e: e["wallet"].update(code=e["wallet"]["code"][:-2] + "ff"),
    "first principal": lambda e: e["wallet"].update(principal=OTHER),
    "first agent key": lambda e: e["wallet"].update(agent_key=OTHER),
    "salt": lambda e: e["wallet"].update(salt=5),
    "implementation": lambda e: e["wallet"].update(implementation=OTHER),
    "epoch": lambda e: e["liability"].update(epoch=7),
    "principal": lambda e: e.update(principal=OTHER),
    "factory": lambda e: e["contracts"]["AgentWalletFactory"].update(address=OTHER),
    "chain": lambda e: e["block"].update(chain_id=1),
    "limit": lambda e: e["mandate"]["typed_data"]["message"]["budgets"][0].update(paymentLimit=1),
    "mandate hash": lambda e: e["mandate"].update(hash="0x" + "22" * 32),
    "mandate type": lambda e: e["mandate"]["typed_data"]["types"]["Token"].pop(),
    "mandate signature": lambda e: e["mandate"].update(principal_signature=e["mandate"]["agent_signature"]),
    "statement": lambda e: e["liability"].update(statement_hash="0x" + "22" * 32),
    "signed statement": lambda e: e["liability"]["typed_data"]["message"].update(statementHash="0x" + "22" * 32),
    "credential subject": lambda e: e["credentials"][0]["credential"].update(subject=OTHER),
    "credential end": lambda e: e["credentials"][0]["credential"].update(validUntil=2**31),
    "credential id": lambda e: e["credentials"][0].update(id="0x" + "22" * 32),
    "time": lambda e: e["block"].update(time="2001-01-01T00:00:00+00:00"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_refuses_evidence_that_was_changed(change, evidence, contracts):
    CHANGES[change](evidence)
    report = verify_evidence(evidence, contracts=contracts)
    assert not report.holds
    with pytest.raises(errors.InvalidEvidence):
        report.require()


def test_refuses_a_number_that_its_type_can_not_hold(evidence, contracts):
    evidence["mandate"]["typed_data"]["message"]["budgets"][0]["spentAtMost"] = 2**96
    with pytest.raises(InvalidInput, match="isn't evidence"):
        verify_evidence(evidence, contracts=contracts)


@pytest.mark.parametrize("evidence_", [{}, {"format": "other"}, {"format": "peculium-evidence-1"}, [], None])
def test_refuses_what_is_no_evidence(evidence_):
    with pytest.raises(InvalidInput):
        verify_evidence(evidence_)


def test_refuses_the_evidence_of_another_suite(evidence):
    """A liar can deploy a factory of its own."""
    assert not verify_evidence(evidence).holds


def test_says_that_another_principal_than_the_first_needs_the_chain(evidence, contracts):
    """Anybody can sign a mandate for somebody else's wallet."""
    evidence["wallet_principal"] = OTHER
    report = verify_evidence(evidence, contracts=contracts)
    assert any("handed it over needs the chain" in each for each in report.open)


def test_a_stranger_has_no_evidence(look, stranger):
    with pytest.raises(errors.NoPeculiumWallet):
        look(stranger.address).as_evidence()


def test_shows_offline_who_promised_what(evidence, contracts):
    report = verify_evidence(evidence, contracts=contracts).require()
    text = " ".join(report.shown)
    for words in (
        "principal has signed the mandate",
        "agent has signed the mandate",
        "signed the acceptance",
        "is signed, and valid",
    ):
        assert words in text
    assert any("ACTIVE in the block needs the chain" in each for each in report.open)


def test_finds_the_signatures_of_a_later_mandate(look, created, contracts, principal, agent, relayer, now, web3):
    """They come with the transaction that installed it."""
    later = replace(created.mandate, valid_until=now() + 60 * DAY, round=created.wallet.round)
    signable = later.signable(created.wallet.address, web3.eth.chain_id)
    signatures = [bytes(key.sign_message(signable).signature) for key in (principal, agent)]
    created.wallet.set_mandate_signed(relayer, later, *signatures)
    found = look()
    assert (found.mandate, found.live) == (later, True)
    evidence = json.loads(json.dumps(found.as_evidence()))
    assert evidence["mandate"]["agent_signature"] == "0x" + signatures[1].hex()
    assert "The principal has signed the mandate." in verify_evidence(evidence, contracts=contracts).require().shown


def test_says_that_a_mandate_without_signatures_needs_the_chain(look, created, contracts, principal, now):
    """The principal installed it by its own transaction."""
    later = replace(created.mandate, valid_until=now() + 60 * DAY, round=created.wallet.round)
    created.wallet.set_mandate(principal, later)
    report = verify_evidence(look().as_evidence(), contracts=contracts).require()
    assert any("principal has signed the mandate: by a contract" in each for each in report.open)


def test_shows_against_the_chain_that_the_agent_was_live(evidence, suite, created):
    """The evidence is about its block, whatever came later."""
    suite.switch.pause(created.principal, created.wallet.address)
    report = verify_evidence(evidence, suite).require()
    assert any(each.startswith("agent.status is what the chain says") for each in report.shown)


HASH = "0x" + "22" * 32
CLAIMS = {
    "block.number": lambda e: e["block"].update(number=10**9),
    "block.hash": lambda e: e["block"].update(hash=HASH),
    "block.time": lambda e: e["block"].update(time="2020-01-01T00:00:00+00:00"),
    "contracts.AgentRegistry.code_hash": lambda e: e["contracts"]["AgentRegistry"].update(code_hash=HASH),
    "contracts.CredentialRegistry.code_hash": lambda e: e["contracts"]["CredentialRegistry"].update(code_hash=HASH),
    "agent.id": lambda e: e["agent"].update(id=e["agent"]["id"] + 1),
    "agent.uri": lambda e: e["agent"].update(uri="https://other.example"),
    "agent.status": lambda e: e["agent"].update(status="PAUSED"),
    "agent.live": lambda e: e["agent"].update(live=False),
    "principal": lambda e: e.update(principal=None),
    "wallet_principal": lambda e: e.update(wallet_principal=OTHER),
    "mandate.hash": lambda e: e.update(mandate=None),
    "mandate.transaction": lambda e: e["mandate"].update(transaction=HASH),
    "mandate.typed_data": lambda e: e["mandate"]["typed_data"].update(primaryType="Budget"),
    "liability": lambda e: e.update(liability=None),
    "liability.statement_hash": lambda e: e["liability"].update(statement_hash=HASH, typed_data=None, signature="0x"),
    "liability.epoch": lambda e: e["liability"].update(epoch=9, typed_data=None, signature="0x"),
    "liability.block": lambda e: e["liability"].update(block=1),
    "liability.transaction": lambda e: e["liability"].update(transaction=HASH),
    "liability.typed_data": lambda e: e["liability"]["typed_data"].update(primaryType="LiabilityAcceptance"),
    "liability.typed_data ": lambda e: e["liability"]["typed_data"]["domain"].update(name="Another registry"),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_names_the_claim_that_the_chain_refutes(claim, evidence, suite):
    CLAIMS[claim](evidence)
    report = verify_evidence(evidence, suite)
    assert not report.holds
    assert claim.strip() in " ".join(report.wrong)


def test_refuses_a_credential_that_was_revoked_in_that_block(evidence, look, suite, other_principal):
    Issuer(other_principal, suite).revoke(bytes.fromhex(evidence["credentials"][0]["id"][2:]))
    evidence["block"] = look().as_evidence()["block"]
    (wrong,) = verify_evidence(evidence, suite).wrong
    assert "credentials[0] isn't valid: the chain says REVOKED" in wrong


def test_refuses_every_entry_that_was_changed(evidence, suite, contracts):
    """Whatever the evidence says, the chain or the evidence itself refutes another value."""
    held = []
    for path in leaves(evidence):
        changed = deepcopy(evidence)
        *parents, last = path
        part = functools.reduce(lambda found, name: found[name], parents, changed)
        part[last] = another(part[last])
        try:
            # The chain is only asked about what the evidence itself doesn't refute: that is faster.
            if verify_evidence(changed, contracts=contracts).holds and verify_evidence(changed, suite).holds:
                held.append(path)
        except InvalidInput:
            continue
    assert held == []


def test_raises_if_the_node_has_not_the_state_of_the_block(evidence, suite, monkeypatch):
    batch = Node.batch

    def pruned(self, requests, patience=None):
        return [
            NodeRefused("missing trie node") if each[0] == "eth_getCode" else answer
            for each, answer in zip(requests, batch(self, requests, patience), strict=True)
        ]

    verify_evidence(evidence, suite).require()
    monkeypatch.setattr(Node, "batch", pruned)
    with pytest.raises(errors.ChainUnavailable, match="archive node"):
        verify_evidence(evidence, suite)


def test_a_wallet_without_an_agent_has_evidence_that_holds(look, suite, principal, agent, stranger):
    wallet = suite.factory.create_wallet(stranger, principal.address, agent.address, 78).wallet
    evidence = json.loads(json.dumps(look(wallet).as_evidence()))
    report = verify_evidence(evidence, suite).require()
    assert "Nobody answers" in " ".join(report.shown)


def test_a_mandate_that_was_not_anchored_has_evidence_that_holds(look, suite, created, principal, now):
    """Such an agent isn't live, and the evidence says so."""
    created.wallet.set_mandate(
        principal, replace(created.mandate, valid_until=now() + 60 * DAY, round=created.wallet.round)
    )
    evidence = json.loads(json.dumps(look().as_evidence()))
    assert evidence["agent"] | {"live": False, "status": "UNACCEPTED"} == evidence["agent"]
    assert any("wasn't anchored" in each for each in verify_evidence(evidence, suite).require().open)


def test_signatures_of_contracts_that_look_like_those_of_keys_need_the_chain(
    new_agent, new_mandate, agent, principal, deploy, suite, contracts, now, relayer
):
    """A Safe with one owner accepts the 65 bytes of its owner's key."""
    owner = deploy("MockContractPrincipal", principal.address)
    wallet = new_agent(mandate=new_mandate(principal=owner.address, agent_key=agent.address)).wallet.address
    credential = Credential(owner.address, wallet, schema_of(SCHEMA), bytes(32), now(), now() + DAY)
    suite.credentials.issue(relayer, credential, suite.credentials.sign(principal, credential))
    found = check(wallet, suite, credentials=[SCHEMA], issuers=[owner.address])
    evidence = json.loads(json.dumps(found.require_live().require_credentials().as_evidence()))
    left = " ".join(verify_evidence(evidence, contracts=contracts).require().open)
    for words in ("principal has signed the mandate: by", "signed the acceptance: by", "no signature of a key"):
        assert words in left
    verify_evidence(evidence, suite).require()


# Malformed


def leaves(value, path=()):
    """Yields the paths of all values that hold no others."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = list(items)
    for name, each in inner:
        yield from leaves(each, (*path, name))
    if not inner:
        yield path


def another(value):
    """Another value of the same kind."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and value.startswith("0x") and len(value) > 2:
        digits = value[:-1] + ("0" if value[-1] != "0" else "1")
        return Web3.to_checksum_address(digits.lower()) if len(value) == 42 else digits
    return [1] if isinstance(value, list) else value + "1"


GARBAGE = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(2**300), 2**300)
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["0x", "0x" + "00" * 20, "0x" + "11" * 32, "0x" + "11" * 65, "0x0", "9" * 5_000, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_malformed_evidence_gives_a_typed_error(data, evidence, contracts):
    changed = deepcopy(evidence)
    for _ in range(data.draw(st.integers(1, 3))):
        part, name = data.draw(st.sampled_from(list(places(changed))))
        if data.draw(st.booleans()):
            part[name] = data.draw(GARBAGE)
        elif isinstance(part, dict):
            del part[name]
        else:
            part.append(deepcopy(part[name]))
    try:
        report = verify_evidence(changed, contracts=contracts)
    except PeculiumError:
        return
    json.dumps(report.as_dict())


def places(value):
    """Yields all pairs of an object or list and a key or position in it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in items:
        yield value, name
        yield from places(each)


def nested(depth):
    return functools.reduce(lambda inner, _: [inner], range(depth), [])


WORST = {
    "deep": nested(50_000),
    "key": {1: 2},
    "huge": 10**5_000,
    "surrogate": "\ud800",
    "bytes": b"\0",
    "nan": float("nan"),
    "object": object(),
}


PLACES = ("block.chain_id", "agent.uri", "mandate.typed_data", "credentials", "liability", "format")


@pytest.mark.parametrize("garbage", WORST)
def test_garbage_gives_a_typed_error(garbage, evidence, contracts):
    for place in PLACES:
        changed = deepcopy(evidence)
        *parents, last = place.split(".")
        part = functools.reduce(lambda found, name: found[name], parents, changed)
        part[last] = WORST[garbage]
        with pytest.raises(InvalidInput, match="isn't evidence of a check") as caught:
            verify_evidence(changed, contracts=contracts)
        assert place in str(caught.value)


@pytest.mark.parametrize("garbage", WORST)
def test_garbage_in_the_data_of_a_credential_gives_a_typed_error(garbage, evidence, contracts):
    evidence["credentials"][0]["data"] = {"a": WORST[garbage]}
    with pytest.raises(InvalidInput):
        verify_evidence(evidence, contracts=contracts)


def test_refuses_an_entry_that_nobody_verifies(evidence, contracts):
    evidence["agent"]["audited"] = True
    with pytest.raises(InvalidInput, match="'audited' is no entry"):
        verify_evidence(evidence, contracts=contracts)


def test_refuses_to_trust_half_a_suite(evidence, contracts):
    del contracts["AgentWallet"]
    with pytest.raises(InvalidInput, match="contracts has no AgentWallet"):
        verify_evidence(evidence, contracts=contracts)
