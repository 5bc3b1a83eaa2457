"""An agent drafts a mandate for its wallet; the principal reads the difference and signs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from peculium import Agent, InvalidInput, MandateDraft, errors
from peculium.principal import Principal


@pytest.fixture
def wish(created):
    """What the agent asks for: more for one payment, and fewer requests."""
    budget = created.mandate.budgets[0]
    wider = replace(budget, payment_limit=budget.payment_limit + 1)
    return replace(created.mandate, budgets=(wider, *created.mandate.budgets[1:]), max_requests=1)


@pytest.fixture
def draft(created, suite, people, wish):
    """What the agent sends, as a file has it."""
    agent = people.Agent(created.wallet.address, created.agent, suite)
    return MandateDraft.of(json.loads(json.dumps(agent.draft_grant(wish).as_dict())))


def grant(boss, created):
    return boss.grant(created.wallet.address, created.mandate)


def test_refuses_a_draft_whose_base_is_not_in_force_any_more(boss, created, draft):
    grant(boss, created)
    for act in (boss.review_grant, boss.sign_grant):
        with pytest.raises(
            InvalidInput, match=r"changes the mandate 0x\w+…, and the mandate 0x\w+… is in force .* Draft it again"
        ):
            act(draft)
    signed = draft.signed_by(created.principal)
    with pytest.raises(InvalidInput, match="Draft it again"):
        boss.submit_grant(signed)


def test_refuses_a_draft_of_a_wallet_whose_mandate_was_lifted(boss, created, draft):
    boss.lift(created.wallet.address)
    with pytest.raises(InvalidInput, match="and no mandate is in force"):
        boss.sign_grant(draft)


def test_refuses_a_base_that_never_was_in_force(boss, created, draft, wish):
    """Whoever drafts could leave out what is wider by showing a wider base."""
    lie = replace(draft, base=wish)
    assert [each.field for each in lie.differences()] == []
    with pytest.raises(InvalidInput, match="Draft it again"):
        boss.review_grant(lie)


@pytest.mark.parametrize("part", ["base", "mandate"])
def test_refuses_a_file_that_was_changed(draft, part):
    content = draft.as_dict()
    content[part]["budgets"][0]["paymentLimit"] += 1
    with pytest.raises(InvalidInput, match="The draft was changed"):
        MandateDraft.of(content)


@pytest.mark.parametrize("content", [{}, [], {"kind": "other"}, "draft"])
def test_refuses_what_is_no_draft(content):
    with pytest.raises(InvalidInput, match="isn't a draft of a mandate"):
        MandateDraft.of(content)


def test_refuses_a_draft_that_is_incomplete(draft):
    content = draft.as_dict()
    del content["wallet"]
    with pytest.raises(InvalidInput, match=r"incomplete or malformed: KeyError\('wallet'\)"):
        MandateDraft.of(content)


def test_refuses_to_submit_without_the_principals_signature(boss, created, draft):
    with pytest.raises(InvalidInput, match=rf"lacks signatures of: {created.principal.address} .*Nothing was sent"):
        boss.submit_grant(draft)


def test_refuses_the_signature_of_another(draft, stranger):
    with pytest.raises(InvalidInput, match="has nothing to sign here"):
        draft.signed_by(stranger)


def test_refuses_another_signature_in_the_principals_place(boss, created, draft, stranger):
    forged = stranger.unsafe_sign_hash(draft.mandate.digest(draft.wallet, draft.chain_id)).signature
    with pytest.raises(errors.ContractError):
        boss.submit_grant(draft.with_signatures({"principal_signature": forged}))
    assert boss.mandate(created.wallet.address) == created.mandate


def test_refuses_another_chain_and_another_principal(boss, suite, stranger, draft):
    with pytest.raises(InvalidInput, match="on chain 1; this is"):
        boss.review_grant(replace(draft, chain_id=1))
    with pytest.raises(errors.NotPrincipal):
        Principal(stranger, suite).sign_grant(draft)


def test_refuses_to_draft_for_another_principal(created, suite, wish, stranger):
    agent = Agent(created.wallet.address, created.agent, suite)
    with pytest.raises(InvalidInput, match="that of the wallet"):
        agent.draft_grant(replace(wish, principal=stranger.address))


def test_principal_reads_the_difference_signs_and_anybody_submits(boss, created, draft, suite, relayer):
    assert [(str(each.direction), each.field) for each in boss.review_grant(draft)][:2] == [
        ("wider", "budget.USD.per_payment"),
        ("narrower", "requests.count"),
    ]
    assert draft.explain().startswith("wider: ")
    signed = MandateDraft.of(json.loads(json.dumps(boss.sign_grant(draft).as_dict())))
    assert signed.to_sign() == []
    granted = Principal(created.principal, suite, payer=relayer).submit_grant(signed)
    assert created.wallet.enforces(granted.mandate)
    assert suite.registry.check_wallet(created.wallet.address).mandate_hash == signed.mandate.hash()
    assert granted.receipt.event("MandateInstalled")


def test_draft_without_a_mandate_in_force_says_what_it_allows(boss, created, suite, wish):
    boss.lift(created.wallet.address)
    draft = boss.draft_grant(created.wallet.address, wish)
    assert draft.base is None
    assert boss.review_grant(draft) == []
    assert draft.explain({"Anna": created.principal.address}).startswith("Who:\n- The agent with the key ")
    granted = boss.submit_grant(boss.sign_grant(draft).signed_by(created.agent))
    assert created.wallet.enforces(granted.mandate)


def test_draft_of_the_same_mandate_changes_nothing(boss, created):
    assert boss.draft_grant(created.wallet.address, created.mandate).explain() == "Nothing changes."


def test_agent_drafts_for_another_key_without_its_own_signature(created, suite, wish, stranger):
    agent = Agent(created.wallet.address, created.agent, suite)
    draft = agent.draft_grant(replace(wish, agent_key=stranger.address))
    assert {each.signer for each in draft.to_sign()} == {created.principal.address, stranger.address}
