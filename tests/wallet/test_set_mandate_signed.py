"""Setting a mandate by both signatures: anyone may submit it, once, for this wallet on this chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import Status
from peculium import exceptions as errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.agents import Agent
from verification.testing.refusals import refuses


@pytest.fixture
def following(created, new_mandate):
    """The default mandate as the successor of the one in force."""

    def make(**overrides):
        return new_mandate(**overrides).replacing(created.wallet.last_mandate_hash)

    return make


@pytest.mark.parametrize("signer", ["agent", "stranger", "other_principal", "guardian"])
def test_without_the_principals_signature_it_is_refused(
    signer, created, following, sign_mandate, agent, relayer, request, web3
):
    """I12."""
    mandate = following(payment_limit=500)
    by = sign_mandate(request.getfixturevalue(signer), mandate, created)
    digest = mandate.digest(created.wallet.address, web3.eth.chain_id)
    with refuses(errors.BadPrincipalSignature, principal=created.principal.address, digest=digest):
        created.wallet.set_mandate_signed(relayer, mandate, by, sign_mandate(agent, mandate, created))
    assert created.wallet.enforces(created.mandate)


@pytest.mark.parametrize("signature", [b"", b"\0" * 65, b"\1" * 64], ids=["empty", "zeros", "short"])
def test_what_is_no_signature_is_refused(signature, created, following, sign_mandate, agent, relayer):
    mandate = following()
    with refuses(errors.BadPrincipalSignature):
        created.wallet.set_mandate_signed(relayer, mandate, signature, sign_mandate(agent, mandate, created))


@pytest.mark.parametrize("signer", ["principal", "stranger", "other_agent"])
def test_without_the_agent_keys_signature_it_is_refused(
    signer, created, following, sign_mandate, principal, agent, relayer, request, web3
):
    mandate = following()
    by = sign_mandate(request.getfixturevalue(signer), mandate, created)
    digest = mandate.digest(created.wallet.address, web3.eth.chain_id)
    with refuses(errors.BadMandateSignature, signer=agent.address, digest=digest):
        created.wallet.set_mandate_signed(relayer, mandate, sign_mandate(principal, mandate, created), by)


def test_the_principal_needs_its_signature_even_as_sender(created, following, sign_mandate, agent, principal):
    mandate = following()
    with refuses(errors.BadPrincipalSignature):
        created.wallet.set_mandate_signed(principal, mandate, b"", sign_mandate(agent, mandate, created))


@pytest.mark.parametrize(
    "field",
    ["agent_key", "valid_from", "valid_until", "terms_hash", "terms_uri", "payment_limit", "payees"],
)
def test_a_field_changed_after_signing_is_refused(
    field, created, following, sign_mandate, principal, agent, relayer, stranger
):
    """I16, I27."""
    mandate = following()
    both = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
    budget = mandate.budgets[0]
    changed = {
        "agent_key": {"agent_key": stranger.address},
        "valid_from": {"valid_from": mandate.valid_from - 1},
        "valid_until": {"valid_until": mandate.valid_until + 1},
        "terms_hash": {"terms_hash": b"\1" * 32},
        "terms_uri": {"terms_uri": "https://terms.example/2"},
        "payment_limit": {"budgets": (replace(budget, payment_limit=101),)},
        "payees": {"budgets": (replace(budget, payees=(*budget.payees, stranger.address)),)},
    }[field]
    with refuses(errors.BadPrincipalSignature):
        created.wallet.set_mandate_signed(relayer, replace(mandate, **changed), *both)


def test_signatures_for_another_wallet_are_refused(
    created, new_agent, following, sign_mandate, principal, other_agent, relayer
):
    """I16. One signature, one wallet."""
    other = new_agent(key=other_agent)
    mandate = following(agent_key=other_agent.address)
    both = (sign_mandate(principal, mandate, other), sign_mandate(other_agent, mandate, other))
    with refuses(errors.BadPrincipalSignature):
        created.wallet.set_mandate_signed(relayer, mandate, *both)


def test_signatures_for_another_chain_are_refused(created, following, principal, agent, relayer, web3):
    """I16. One signature, one chain."""
    mandate = following()
    signable = mandate.signable(created.wallet.address, web3.eth.chain_id + 1)
    both = [bytes(account.sign_message(signable).signature) for account in (principal, agent)]
    with refuses(errors.BadPrincipalSignature):
        created.wallet.set_mandate_signed(relayer, mandate, *both)


@pytest.mark.parametrize("between", ["nothing", "lifted", "replaced"])
def test_signatures_are_good_for_one_installation(
    between, created, following, replace_mandate, sign_mandate, principal, agent, relayer
):
    """I16."""
    mandate = following()
    both = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
    created.wallet.set_mandate_signed(relayer, mandate, *both)
    if between == "lifted":
        created.wallet.lift_mandate(principal)
    if between == "replaced":
        replace_mandate(created)
    last = created.wallet.last_mandate_hash
    with refuses(errors.ReplacesMismatch, given=mandate.replaces, expected=last):
        created.wallet.set_mandate_signed(relayer, mandate, *both)


def test_of_two_signed_successors_the_first_submitted_wins(created, following, sign_mandate, principal, agent, relayer):
    """I16. The other one named the same predecessor."""
    first, second = following(payment_limit=1), following(payment_limit=2)
    signed = [(m, sign_mandate(principal, m, created), sign_mandate(agent, m, created)) for m in (first, second)]
    created.wallet.set_mandate_signed(relayer, *signed[1])
    with refuses(errors.ReplacesMismatch, given=first.replaces, expected=second.hash()):
        created.wallet.set_mandate_signed(relayer, *signed[0])


def test_signatures_of_an_ended_epoch_are_worth_nothing(
    created, following, suite, sign_mandate, principal, agent, relayer
):
    """I8, I16. The wallet itself is of the old epoch and stays so; the registry and the switch refuse it."""
    mandate = following()
    both = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
    suite.switch.revoke_all(principal)
    created.wallet.set_mandate_signed(relayer, mandate, *both)
    with refuses(errors.EpochEnded, principal=principal.address, epoch=0, current_epoch=1):
        created.wallet.would_refuse(agent.address, *_payment(mandate))


def _payment(mandate):
    budget = mandate.budgets[0]
    return budget.tokens[0].address, budget.payees[0], 1


def test_an_agent_key_that_serves_another_agent_is_refused(
    created, new_agent, following, sign_mandate, principal, other_agent, relayer
):
    """I23."""
    other = new_agent(key=other_agent)
    mandate = following(agent_key=other_agent.address)
    both = (sign_mandate(principal, mandate, created), sign_mandate(other_agent, mandate, created))
    with refuses(errors.AgentKeyTaken, agent_key=other_agent.address, agent_id=other.agent_id):
        created.wallet.set_mandate_signed(relayer, mandate, *both)
    assert created.wallet.enforces(created.mandate)


def test_a_mandate_against_the_rules_is_refused_though_signed(
    created, following, sign_mandate, principal, agent, relayer
):
    mandate = following(valid_from=9, valid_until=9)
    both = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
    with refuses(errors.ValidityInverted, valid_from=9, valid_until=9):
        created.wallet.send(relayer, "setMandateSigned", mandate.as_tuple(), *both)


@pytest.mark.parametrize("sender", ["relayer", "stranger", "agent", "principal"])
def test_anyone_submits_what_both_have_signed(
    sender, created, following, sign_mandate, principal, agent, suite, request
):
    """I27. Enforced by the wallet, and anchored in the registry."""
    mandate = following(payment_limit=7)
    both = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
    receipt = created.wallet.set_mandate_signed(request.getfixturevalue(sender), mandate, *both)
    assert created.wallet.enforces(mandate)
    check = suite.registry.check_agent(created.agent_id)
    assert (check.mandate_hash, check.active) == (mandate.hash(), True)
    assert receipt.event("MandateInstalled").arguments["mandateHash"] == mandate.hash()
    assert receipt.event("MandateAnchored").arguments["mandateHash"] == mandate.hash()


def test_after_a_hand_over_the_registry_anchors_nothing_for_the_new_principal(
    created, suite, new_mandate, deploy, sign_mandate, principal, agent, relayer, send_as
):
    """It knows the old one as liable. The new principal, here a contract whose owner signs (ERC-1271), can set a mandate all
    the same, and a counterparty sees that nobody has accepted it."""
    contract = deploy("MockContractPrincipal", principal.address)
    created.wallet.offer_hand_over(principal, contract.address)
    send_as(contract.address, created.wallet.address, created.wallet.call_data("acceptHandOver"))
    mandate = new_mandate(principal=contract.address).replacing(created.wallet.last_mandate_hash)
    by_owner, by_agent = sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created)
    with refuses(errors.BadPrincipalSignature, principal=contract.address):
        created.wallet.set_mandate_signed(relayer, mandate, by_agent, by_agent)
    receipt = created.wallet.set_mandate_signed(relayer, mandate, by_owner, by_agent)
    assert "MandateAnchored" not in [event.name for event in receipt.events]
    assert created.wallet.enforces(mandate)
    assert suite.registry.check_wallet(created.wallet.address).status is Status.UNACCEPTED


def test_a_principal_that_is_a_contract_signs_by_its_owner(
    suite, deploy, new_mandate, sign_mandate, principal, agent, relayer, now
):
    """I27. ERC-1271."""
    contract = deploy("MockContractPrincipal", principal.address)
    first = new_mandate(principal=contract.address)
    creation = suite.factory.prepare(suite.registry, first, principal, agent, "", bytes(32), now() + 3600)
    made = suite.factory.create_agent(relayer, creation)
    created = Agent(made.agent_id, suite.wallet(made.wallet), first, agent, principal, made.receipt.gas_used)
    mandate = new_mandate(principal=contract.address, payment_limit=7).replacing(first.hash())
    both = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
    created.wallet.set_mandate_signed(relayer, mandate, *both)
    assert created.wallet.enforces(mandate)
    assert suite.registry.check_agent(made.agent_id).mandate_hash == mandate.hash()


def test_the_zero_address_signs_nothing(created, following, sign_mandate, principal, relayer):
    mandate = following(agent_key=ZERO_ADDRESS)
    with refuses(errors.InvalidAgentKey, agent_key=ZERO_ADDRESS):
        created.wallet.send(
            relayer, "setMandateSigned", mandate.as_tuple(), sign_mandate(principal, mandate, created), b""
        )
