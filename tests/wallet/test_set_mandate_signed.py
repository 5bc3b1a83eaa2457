"""`setMandateSigned`: anyone may submit a mandate that principal and agent key have signed, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import Status, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.agents import Agent
from verification.testing.refusals import refuses


@pytest.fixture
def following(created, new_mandate):
    """Creates the default mandate as successor of the current one. Keyword arguments override its fields."""

    def make(**overrides):
        return new_mandate(**overrides).in_round(created.wallet.round)

    return make


@pytest.mark.parametrize("signer", ["agent", "stranger", "other_principal", "guardian"])
def test_refuses_a_mandate_without_the_principals_signature(
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
def test_refuses_a_malformed_signature(signature, created, following, sign_mandate, agent, relayer):
    mandate = following()
    with refuses(errors.BadPrincipalSignature):
        created.wallet.set_mandate_signed(relayer, mandate, signature, sign_mandate(agent, mandate, created))


@pytest.mark.parametrize("signer", ["principal", "stranger", "other_agent"])
def test_refuses_a_mandate_without_the_agent_keys_signature(
    signer, created, following, sign_mandate, principal, agent, relayer, request, web3
):
    mandate = following()
    by = sign_mandate(request.getfixturevalue(signer), mandate, created)
    digest = mandate.digest(created.wallet.address, web3.eth.chain_id)
    with refuses(errors.BadMandateSignature, signer=agent.address, digest=digest):
        created.wallet.set_mandate_signed(relayer, mandate, sign_mandate(principal, mandate, created), by)


def test_refuses_the_principal_as_sender_without_its_signature(created, following, sign_mandate, agent, principal):
    mandate = following()
    with refuses(errors.BadPrincipalSignature):
        created.wallet.set_mandate_signed(principal, mandate, b"", sign_mandate(agent, mandate, created))


@pytest.mark.parametrize(
    "field",
    ["agent_key", "valid_from", "valid_until", "terms_hash", "terms_uri", "payment_limit", "payees"],
)
def test_refuses_a_field_changed_after_signing(
    field, created, following, sign_mandate, principal, agent, relayer, stranger
):
    """I16, I27."""
    mandate = following()
    signatures = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
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
        created.wallet.set_mandate_signed(relayer, replace(mandate, **changed), *signatures)


def test_refuses_signatures_for_another_wallet(
    created, new_agent, following, sign_mandate, principal, other_agent, relayer
):
    """I16. The EIP-712 domain contains the wallet."""
    other = new_agent(key=other_agent)
    mandate = following(agent_key=other_agent.address)
    signatures = (sign_mandate(principal, mandate, other), sign_mandate(other_agent, mandate, other))
    with refuses(errors.BadPrincipalSignature):
        created.wallet.set_mandate_signed(relayer, mandate, *signatures)


def test_refuses_signatures_for_another_chain(created, following, principal, agent, relayer, web3):
    """I16. The EIP-712 domain contains the chain."""
    mandate = following()
    signable = mandate.signable(created.wallet.address, web3.eth.chain_id + 1)
    signatures = [bytes(account.sign_message(signable).signature) for account in (principal, agent)]
    with refuses(errors.BadPrincipalSignature):
        created.wallet.set_mandate_signed(relayer, mandate, *signatures)


@pytest.mark.parametrize("between", ["nothing", "lifted", "replaced"])
def test_refuses_to_install_the_same_signatures_twice(
    between, created, following, replace_mandate, sign_mandate, principal, agent, relayer
):
    """I16."""
    mandate = following()
    signatures = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
    created.wallet.set_mandate_signed(relayer, mandate, *signatures)
    if between == "lifted":
        created.wallet.lift_mandate(principal)
    if between == "replaced":
        replace_mandate(created)
    with refuses(errors.RoundEnded, given=1, expected=created.wallet.round):
        created.wallet.set_mandate_signed(relayer, mandate, *signatures)


def test_refuses_the_second_of_two_mandates_signed_for_one_round(
    created, following, sign_mandate, principal, agent, relayer
):
    """I16, I31."""
    first, second = following(payment_limit=1), following(payment_limit=2)
    signed = [(m, sign_mandate(principal, m, created), sign_mandate(agent, m, created)) for m in (first, second)]
    created.wallet.set_mandate_signed(relayer, *signed[1])
    with refuses(errors.RoundEnded, given=1, expected=2):
        created.wallet.set_mandate_signed(relayer, *signed[0])


def test_refuses_payments_under_a_mandate_signed_in_an_ended_epoch(
    created, following, suite, sign_mandate, principal, agent, relayer
):
    """I8, I16. The wallet stays in the old epoch and installs it, but the switch refuses every payment."""
    mandate = following()
    signatures = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
    suite.switch.revoke_all(principal)
    created.wallet.set_mandate_signed(relayer, mandate, *signatures)
    with refuses(errors.EpochEnded, principal=principal.address, epoch=0, current_epoch=1):
        created.wallet.would_refuse(agent.address, *_payment(mandate))


def _payment(mandate):
    budget = mandate.budgets[0]
    return budget.tokens[0].address, budget.payees[0], 1


def test_refuses_an_agent_key_of_another_agent(
    created, new_agent, following, sign_mandate, principal, other_agent, relayer
):
    """I23."""
    other = new_agent(key=other_agent)
    mandate = following(agent_key=other_agent.address)
    signatures = (sign_mandate(principal, mandate, created), sign_mandate(other_agent, mandate, created))
    with refuses(errors.AgentKeyTaken, agent_key=other_agent.address, agent_id=other.agent_id):
        created.wallet.set_mandate_signed(relayer, mandate, *signatures)
    assert created.wallet.enforces(created.mandate)


def test_refuses_an_invalid_mandate_with_valid_signatures(created, following, sign_mandate, principal, agent, relayer):
    mandate = following(valid_from=9, valid_until=9)
    signatures = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
    with refuses(errors.ValidityInverted, valid_from=9, valid_until=9):
        created.wallet.send(relayer, "setMandateSigned", mandate.as_tuple(), *signatures)


def test_refuses_the_zero_address_as_agent_key(created, following, sign_mandate, principal, relayer):
    mandate = following(agent_key=ZERO_ADDRESS)
    with refuses(errors.InvalidAgentKey, agent_key=ZERO_ADDRESS):
        created.wallet.send(
            relayer, "setMandateSigned", mandate.as_tuple(), sign_mandate(principal, mandate, created), b""
        )


@pytest.mark.parametrize("sender", ["relayer", "stranger", "agent", "principal"])
def test_anyone_can_submit_a_mandate_that_both_have_signed(
    sender, created, following, sign_mandate, principal, agent, suite, request
):
    """I27. The wallet enforces the mandate, and the registry anchors it."""
    mandate = following(payment_limit=7)
    signatures = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
    receipt = created.wallet.set_mandate_signed(request.getfixturevalue(sender), mandate, *signatures)
    assert created.wallet.enforces(mandate)
    check = suite.registry.check_agent(created.agent_id)
    assert (check.mandate_hash, check.active) == (mandate.hash(), True)
    assert receipt.event("MandateInstalled").arguments["mandateHash"] == mandate.hash()
    assert receipt.event("MandateAnchored").arguments["mandateHash"] == mandate.hash()


def test_registry_anchors_nothing_for_the_new_principal_after_a_hand_over(
    created, suite, new_mandate, deploy, sign_mandate, principal, agent, relayer, send_as, now
):
    """The registry still records the old principal as liable, so nobody has accepted the new mandate.

    The new principal is a contract whose owner signs for it (ERC-1271).
    """
    contract = deploy("MockContractPrincipal", principal.address)
    created.wallet.offer_hand_over(principal, contract.address, now() + 60)
    send_as(contract.address, created.wallet.address, created.wallet.call_data("acceptHandOver"))
    mandate = new_mandate(principal=contract.address).in_round(created.wallet.round)
    by_owner, by_agent = sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created)
    with refuses(errors.BadPrincipalSignature, principal=contract.address):
        created.wallet.set_mandate_signed(relayer, mandate, by_agent, by_agent)
    receipt = created.wallet.set_mandate_signed(relayer, mandate, by_owner, by_agent)
    assert "MandateAnchored" not in [event.name for event in receipt.events]
    assert created.wallet.enforces(mandate)
    assert suite.registry.check_wallet(created.wallet.address).status is Status.UNACCEPTED


def test_accepts_the_signature_of_a_contract_principal(
    suite, deploy, new_mandate, sign_mandate, principal, agent, relayer, now
):
    """I27. ERC-1271."""
    contract = deploy("MockContractPrincipal", principal.address)
    first = new_mandate(principal=contract.address)
    creation = suite.factory.prepare(suite.registry, first, principal, agent, "", bytes(32), now() + 3600)
    made = suite.factory.create_agent(relayer, creation)
    created = Agent(made.agent_id, suite.wallet(made.wallet), first, agent, principal, made.receipt.gas_used)
    mandate = new_mandate(principal=contract.address, payment_limit=7).in_round(1)
    signatures = (sign_mandate(principal, mandate, created), sign_mandate(agent, mandate, created))
    created.wallet.set_mandate_signed(relayer, mandate, *signatures)
    assert created.wallet.enforces(mandate)
    assert suite.registry.check_agent(made.agent_id).mandate_hash == mandate.hash()
