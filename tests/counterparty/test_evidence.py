"""Evidence: verified again by somebody else, and refused if a byte is changed."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace

import pytest

from peculium import InvalidInput, Issuer, errors, verify_evidence
from verification.testing.durations import DAY

SCHEMA = "https://schemas.example/audit/1"


@pytest.fixture
def evidence(look, created, suite, other_principal, now):
    """Of an agent with a credential, as it arrives at a third party."""
    term = {"valid_from": now(), "valid_until": now() + DAY}
    Issuer(other_principal, suite).issue(created.wallet.address, SCHEMA, **term)
    found = look(credentials=[SCHEMA], issuers=[other_principal.address])
    return json.loads(json.dumps(found.as_evidence()))


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
    evidence["principal"] = OTHER
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
    assert "The registry said ACTIVE in the block." in report.shown


@pytest.mark.parametrize("change", ["status", "block"])
def test_refuses_what_the_chain_does_not_say(change, evidence, suite):
    changed = deepcopy(evidence)
    if change == "status":
        changed["agent"]["status"] = "PAUSED"
    else:
        changed["block"]["hash"] = "0x" + "22" * 32
    assert not verify_evidence(changed, suite).holds
