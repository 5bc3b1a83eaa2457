"""`Principal.create_agent`, and the same in parts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from peculium import InvalidInput, Status, errors
from peculium.answering import Draft
from peculium.principal import Principal

TERMS = {"uri": "https://agents.example/9.json", "statement": "I answer for it."}


@pytest.fixture
def mandate(new_mandate, funded):
    """A mandate for a new key."""
    return new_mandate(agent_key=funded("agent").address)


@pytest.fixture
def key(funded):
    """That key."""
    return funded("agent")


def test_refuses_a_mandate_of_another_principal(suite, stranger, mandate, key):
    with pytest.raises(
        InvalidInput, match=f"names the principal {mandate.principal}; this account is {stranger.address}"
    ):
        Principal(stranger, suite).create_agent(mandate, key, **TERMS)


def test_refuses_a_key_that_is_not_the_mandates(boss, mandate, stranger):
    with pytest.raises(InvalidInput, match=f"{stranger.address} has nothing to sign here. .* of: {mandate.agent_key}"):
        boss.create_agent(mandate, stranger, **TERMS)


def test_refuses_to_submit_without_the_agents_signature(boss, mandate):
    with pytest.raises(InvalidInput, match=f"lacks signatures: agent_signature of {mandate.agent_key}"):
        boss.create_agent(mandate, **TERMS)


def test_refuses_a_wallet_that_had_a_mandate(boss, mandate, key):
    boss.create_agent(mandate, key, **TERMS)
    with pytest.raises(errors.AlreadyInitialized):
        boss.create_agent(mandate, key, **TERMS)


@pytest.mark.parametrize("salt", [-1, 2**96, "a"])
def test_refuses_a_salt_outside_of_96_bits(boss, mandate, key, salt):
    with pytest.raises(InvalidInput, match="salt"):
        boss.create_agent(mandate, key, salt=salt, **TERMS)


def test_refuses_a_changed_draft(boss, mandate, key, principal):
    """What was signed is what is created."""
    draft = boss.draft(mandate, **TERMS).signed_by(principal).signed_by(key)
    wider = replace(mandate, valid_until=int(mandate.valid_until) + 1, epoch=draft.creation.mandate.epoch)
    changed = replace(draft, creation=replace(draft.creation, mandate=wider))
    with pytest.raises(errors.InvalidSignature):
        boss.submit(changed)


@pytest.mark.parametrize("broken", [{}, {"mandate": {}}, {"salt": "x"}, {"signatures": {}}])
def test_refuses_a_draft_that_is_damaged(boss, mandate, broken):
    content = boss.draft(mandate, **TERMS).as_dict()
    with pytest.raises(InvalidInput, match="incomplete or malformed"):
        Draft.of({**content, **broken} if broken else {})


def test_refuses_a_signature_for_no_part(boss, mandate):
    with pytest.raises(InvalidInput, match="no part 'guardian'"):
        boss.draft(mandate, **TERMS).with_signatures({"guardian": "0x00"})


def test_creates_agent_and_wallet_in_one_call(boss, mandate, key, suite):
    made = boss.create_agent(mandate, key, **TERMS)
    check = suite.registry.check_wallet(made.wallet)
    assert (check.status, check.agent_id, check.principal) == (Status.ACTIVE, made.agent_id, boss.address)
    assert suite.wallet(made.wallet).enforces(made.mandate)
    assert made.wallet == boss.wallet_address(mandate.agent_key)
    assert json.loads(json.dumps(made.as_dict()))["wallet"] == made.wallet


def test_fills_in_the_epoch(boss, mandate, key):
    boss.revoke_all()
    assert boss.create_agent(mandate, key, **TERMS).mandate.epoch == 1


def test_parties_sign_on_machines_of_their_own(boss, mandate, key, principal, suite, relayer):
    """The draft travels as JSON. Anybody submits it."""
    sent = json.dumps(boss.draft(mandate, **TERMS).as_dict())
    at_the_agent = Draft.of(json.loads(sent)).signed_by(key)
    assert [each.part for each in at_the_agent.to_sign()] == ["acceptance", "principal_signature"]
    at_the_principal = Draft.of(json.loads(json.dumps(at_the_agent.as_dict()))).signed_by(principal)
    made = Principal(relayer, suite).submit(at_the_principal)
    assert suite.registry.check_wallet(made.wallet).active


def test_what_is_to_be_signed_is_json(boss, mandate, key):
    (*_, terms) = boss.draft(mandate, **TERMS).to_sign()
    signature = key.sign_typed_data(full_message=json.loads(json.dumps(terms.typed_data))).signature
    draft = boss.draft(mandate, **TERMS).with_signatures({terms.part: "0x" + signature.hex()})
    assert terms.part not in [each.part for each in draft.to_sign()]


def test_wallet_without_mandate_is_the_principals_alone(boss, key):
    created = boss.create_wallet(key.address, salt=5)
    assert created.wallet == boss.wallet_address(key.address, 5)
    with pytest.raises(errors.NoMandate):
        boss.mandate(created.wallet)


def test_address_in_place_of_the_agents_key_is_refused_by_name(boss, new_mandate, funded):
    key = funded("agent of a text")
    with pytest.raises(
        InvalidInput, match=f"agent_key is the address {key.address}, which can't sign.*Principal.draft"
    ):
        boss.create_agent(new_mandate(agent_key=key.address), key.address, **TERMS)


def test_private_key_as_text_creates_the_agent(boss, new_mandate, funded):
    key = funded("agent of a text")
    made = boss.create_agent(new_mandate(agent_key=key.address), "0x" + bytes(key.key).hex(), **TERMS)
    assert made.wallet == boss.wallet_address(key) == boss.wallet_address(key.address)
