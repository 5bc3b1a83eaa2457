"""`createAgent`: creates wallet, identity, liability, link and mandate in one transaction, or none of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import AgentWallet, errors
from peculium.operations import ENTRY_POINT
from peculium.registry import Status
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.refusals import refuses

STATEMENT = b"\x07" * 32
SALT = 10**9


@pytest.fixture
def prepare(suite, new_mandate, principal, agent, now):
    """Prepares the creation of an agent, with all three signatures."""

    def make(mandate=None, by=principal, key=agent, salt=SALT, deadline=None, **overrides):
        mandate = mandate or new_mandate(principal=by.address, agent_key=key.address, **overrides)
        until = deadline if deadline is not None else now() + 3600
        return suite.factory.prepare(suite.registry, mandate, by, key, "https://a.example", STATEMENT, until, salt)

    return make


def create(suite, signer, creation):
    """Sends the transaction without the checks of the package, so that the contract must refuse it."""
    return suite.factory.send(signer, "createAgent", creation.mandate.as_tuple(), creation.salt, creation.enrollment())


def nothing_exists(suite, creation, web3):
    """Whether neither the wallet's code nor its record exists."""
    return not web3.eth.get_code(creation.wallet) and not suite.factory.is_wallet(creation.wallet)


def test_reverts_for_a_second_agent_with_the_same_wallet(suite, prepare, relayer, principal):
    """I16. Reverts for the same signatures and for new ones."""
    creation = prepare()
    create(suite, relayer, creation)
    for again in (creation, prepare(), prepare(round=1)):
        with refuses(errors.AlreadyInitialized, principal=principal.address):
            create(suite, relayer, again)


@pytest.mark.parametrize("signature", [b"", bytes(65)], ids=["empty", "zeros"])
@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("acceptance", errors.BadAcceptanceSignature),
        ("principal_signature", errors.BadMandateSignature),
        ("agent_signature", errors.BadMandateSignature),
    ],
)
def test_reverts_without_any_of_the_three_signatures(field, expected, signature, suite, prepare, relayer, web3):
    """I12, I23."""
    creation = replace(prepare(), **{field: signature})
    with refuses(expected):
        create(suite, relayer, creation)
    assert nothing_exists(suite, creation, web3)


@pytest.mark.parametrize("sender", ["principal", "agent"])
def test_requires_the_signature_of_the_sender_too(sender, suite, prepare, request):
    creation = prepare()
    field = "principal_signature" if sender == "principal" else "agent_signature"
    with refuses(errors.BadMandateSignature, signer=request.getfixturevalue(sender).address):
        create(suite, request.getfixturevalue(sender), replace(creation, **{field: b""}))


@pytest.mark.parametrize("field", ["agent_uri", "statement_hash", "deadline", "salt", "payment_limit", "agent_key"])
def test_reverts_for_a_field_changed_after_signing(field, suite, prepare, relayer, stranger, web3):
    """I16, I27."""
    creation = prepare()
    mandate = creation.mandate
    changed = {
        "agent_uri": replace(creation, agent_uri="https://b.example"),
        "statement_hash": replace(creation, statement_hash=b"\x08" * 32),
        "deadline": replace(creation, deadline=creation.deadline + 1),
        "salt": replace(creation, salt=creation.salt + 1),
        "payment_limit": replace(
            creation, mandate=replace(mandate, budgets=(replace(mandate.budgets[0], payment_limit=101),))
        ),
        "agent_key": replace(creation, mandate=replace(mandate, agent_key=stranger.address)),
    }[field]
    expected = errors.BadMandateSignature if field == "payment_limit" else errors.BadAcceptanceSignature
    with refuses(expected):
        create(suite, relayer, changed)
    create(suite, relayer, creation)


def test_reverts_for_another_principal_with_the_same_signatures(suite, prepare, other_principal, relayer):
    """I12. The principal is part of the wallet's address, which the signatures cover."""
    creation = prepare()
    with refuses(errors.BadAcceptanceSignature, principal=other_principal.address):
        create(suite, relayer, replace(creation, mandate=replace(creation.mandate, principal=other_principal.address)))


def test_reverts_for_the_zero_address_as_principal(suite, prepare, relayer):
    creation = prepare()
    with refuses(errors.ZeroAddress):
        create(suite, relayer, replace(creation, mandate=replace(creation.mandate, principal=ZERO_ADDRESS)))


@pytest.mark.parametrize(("offset", "late"), [(-1, False), (0, False), (1, True)])
def test_signature_is_valid_through_the_second_of_its_deadline(offset, late, suite, prepare, relayer, now, time_travel):
    """I21."""
    deadline = now() + 100
    creation = prepare(deadline=deadline)
    arguments = ("createAgent", creation.mandate.as_tuple(), creation.salt, creation.enrollment())
    time_travel(to=deadline + offset)
    if late:
        with refuses(errors.DeadlinePassed, deadline=deadline, timestamp=deadline + 1):
            suite.factory.read(*arguments, sender=relayer.address)
    else:
        suite.factory.read(*arguments, sender=relayer.address)


def test_reverts_for_signatures_of_an_ended_epoch(suite, prepare, principal, relayer, web3):
    """I8, I9. `revokeAll` includes agents that are signed for but not created yet."""
    creation = prepare()
    suite.switch.revoke_all(principal)
    with refuses(errors.EpochMismatch, given=0, expected=1):
        create(suite, relayer, creation)
    assert nothing_exists(suite, creation, web3)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"valid_from": 9, "valid_until": 9}, errors.ValidityInverted),
        ({"valid_from": 8, "valid_until": 9}, errors.ValidityPast),
        ({"payment_limit": 501}, errors.LimitsContradict),
        ({"round": 1}, errors.RoundEnded),
        ({"budgets": ()}, errors.InvalidBudgetCount),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_reverts_for_an_invalid_mandate(overrides, expected, suite, prepare, relayer, web3):
    creation = prepare(**overrides)
    with refuses(expected):
        create(suite, relayer, creation)
    assert nothing_exists(suite, creation, web3)


@pytest.mark.parametrize("name", ["wallet", "registry"])
def test_reverts_for_a_forbidden_payee(name, suite, prepare, principal, agent, relayer):
    """I6. The wallet's own address is known before the wallet exists."""
    wallet = suite.factory.wallet_address(principal.address, agent.address, SALT)
    forbidden = wallet if name == "wallet" else suite.registry.address
    with refuses(errors.PayeeRefused, payee=forbidden):
        create(suite, relayer, prepare(payees=[forbidden]))


def test_reverts_for_the_key_of_another_live_agent(suite, prepare, relayer, agent):
    """I23."""
    first = suite.factory.create_agent(relayer, prepare())
    with refuses(errors.AgentKeyTaken, agent_key=agent.address, agent_id=first.agent_id):
        create(suite, relayer, prepare(salt=SALT + 1))


@pytest.mark.parametrize("sender", ["relayer", "stranger", "principal", "agent"])
def test_anyone_can_submit_a_signed_creation(sender, suite, prepare, principal, agent, request):
    """I27."""
    creation = prepare()
    signer = request.getfixturevalue(sender)
    created = suite.factory.create_agent(signer, creation)
    assert created.wallet == creation.wallet
    assert created.receipt.event("AgentCreated").arguments == {
        "agentId": created.agent_id,
        "wallet": creation.wallet,
        "principal": principal.address,
        "agentKey": agent.address,
        "salt": SALT,
    }
    wallet = AgentWallet(suite.web3, created.wallet)
    assert (wallet.principal, wallet.round) == (principal.address, 1)
    assert wallet.enforces(creation.mandate)
    assert suite.factory.is_wallet(created.wallet)


def test_registers_the_agent(suite, prepare, principal, relayer):
    """I23, I27."""
    creation = prepare()
    created = suite.factory.create_agent(relayer, creation)
    check = suite.registry.require_active(created.agent_id)
    assert (check.principal, check.wallet) == (principal.address, created.wallet)
    assert check.mandate_hash == creation.mandate.hash()
    assert suite.registry.owner_of(created.agent_id) == principal.address
    assert suite.registry.principal_of(created.agent_id) == principal.address
    assert suite.registry.read("tokenURI", created.agent_id) == "https://a.example"
    accepted = created.receipt.event("LiabilityAccepted").arguments
    assert (accepted["principal"], accepted["statementHash"]) == (principal.address, STATEMENT)


def test_agent_revoked_before_its_creation_cannot_pay(suite, prepare, principal, agent, relayer, usdc, payee):
    """I8."""
    creation = prepare()
    suite.switch.revoke(principal, creation.wallet, unchecked=True)
    create(suite, relayer, creation)
    wallet = AgentWallet(suite.web3, creation.wallet)
    usdc.send(relayer, "mint", wallet.address, 10**12)
    with refuses(errors.AgentIsRevoked, principal=principal.address, wallet=wallet.address):
        wallet.pay(agent, usdc.address, payee.address, 1)
    assert suite.registry.check_wallet(wallet.address).status is Status.REVOKED


def test_factory_and_wallet_reference_their_suite(suite, prepare, relayer):
    created = suite.factory.create_agent(relayer, prepare())
    wallet = AgentWallet(suite.web3, created.wallet)
    powers_module = AgentWallet(suite.web3, wallet.read("POWERS_MODULE"))
    assert suite.factory.read("REGISTRY") == suite.registry.address
    assert (wallet.read("REGISTRY"), wallet.read("ENTRY_POINT")) == (suite.registry.address, ENTRY_POINT)
    assert wallet.read("WRITER") == powers_module.read("WRITER") != ENTRY_POINT


def test_wallet_spends_money_received_before_its_creation(suite, prepare, relayer, agent, usdc, payee):
    creation = prepare()
    usdc.send(relayer, "mint", creation.wallet, 10**6)
    suite.factory.create_agent(relayer, creation)
    AgentWallet(suite.web3, creation.wallet).pay(agent, usdc.address, payee.address, 1)
    assert usdc.balance(payee.address) == 1


def test_ids_increase_by_one(suite, prepare, relayer, agent, other_agent):
    first = suite.factory.create_agent(relayer, prepare())
    second = suite.factory.create_agent(relayer, prepare(key=other_agent))
    assert second.agent_id == first.agent_id + 1


def test_contract_can_be_the_principal(suite, deploy, new_mandate, principal, agent, relayer, now):
    """The contract's owner signs for it (ERC-1271)."""
    contract = deploy("MockContractPrincipal", principal.address)
    mandate = new_mandate(principal=contract.address)
    creation = suite.factory.prepare(suite.registry, mandate, principal, agent, "", STATEMENT, now() + 3600, SALT)
    created = suite.factory.create_agent(relayer, creation)
    assert AgentWallet(suite.web3, created.wallet).principal == contract.address
    assert suite.registry.check_agent(created.agent_id).active


def test_contract_principal_is_set_before_its_signature_is_checked(
    suite, deploy, new_mandate, principal, agent, relayer, now
):
    """The contract reads its wallet's principal while it checks the signature."""
    contract = deploy("MockContractPrincipal", principal.address)
    wallet = suite.factory.wallet_address(contract.address, agent.address, SALT)
    contract.send(principal, "watch", wallet)
    mandate = new_mandate(principal=contract.address)
    creation = suite.factory.prepare(suite.registry, mandate, principal, agent, "", STATEMENT, now() + 3600, SALT)
    created = suite.factory.create_agent(relayer, creation)
    assert AgentWallet(suite.web3, created.wallet).principal == contract.address
