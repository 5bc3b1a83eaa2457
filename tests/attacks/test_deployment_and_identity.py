"""F: fake wallets, agents in somebody else's name, and changed documents and credentials."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium import AgentWallet, Credential, CredentialStatus, errors, send_transaction
from peculium.credentials import schema_of
from peculium.devnet.contracts import contract_address
from peculium.keys import sign_with
from peculium.registry import Status
from verification.testing.durations import DAY

STATEMENT = keccak(text="I answer for it.")
ENROLLMENT_OF_NOBODY = ("", bytes(32), 2**255, b"", b"", b"")


@pytest.fixture
def prepared(suite, new_mandate, principal, other_agent, now):
    """A creation that the principal and an agent have signed, and that nobody has sent."""
    mandate = new_mandate(agent_key=other_agent.address)
    return suite.factory.prepare(
        suite.registry, mandate, principal, other_agent, "https://agents.example/2.json", STATEMENT, now() + 3600, 9
    )


@pytest.fixture
def look_alike(deploy, rogue, principal, accomplice):
    """A contract that claims to be the principal's wallet with the same mandate."""
    fake = deploy("LookAlikeWallet")
    fake.send(accomplice, "claim", principal.address, rogue.wallet.mandate_hash, 0)
    return fake


def test_f01_a_second_initialization(attack, rogue, suite, accomplice, new_mandate):
    """Initializes the wallet again, and the implementation behind all wallets, with itself as principal."""
    mandate = new_mandate(principal=accomplice.address).as_tuple()
    implementation = AgentWallet(rogue.wallet.web3, suite.factory.read("IMPLEMENTATION"))
    for wallet in (rogue.wallet, implementation):
        with attack.refused(errors.NotFactory, caller=accomplice.address, factory=suite.factory.address):
            wallet.send(accomplice, "initialize", mandate, ENROLLMENT_OF_NOBODY)


def test_f01_a_front_run_creation(attack, prepared, suite, accomplice, new_mandate, other_agent, now):
    """Sees a creation in the mempool and creates the same wallet first: with its own mandate, file or statement, or unsigned."""
    mandate, factory = prepared.mandate, suite.factory
    changes = (
        {"agent_uri": "https://evil.example"},
        {"statement_hash": bytes(32)},
        {"acceptance": b""},
        {"deadline": prepared.deadline + 1},
        {"salt": 10},
    )
    for change in changes:
        with attack.refused(errors.BadAcceptanceSignature):
            factory.create_agent(accomplice, replace(prepared, **change))
    strangers = {"stranger_payment_limit": 100, "stranger_window_limit": 500}
    wider = replace(mandate, budgets=(replace(mandate.budgets[0], **strangers),))
    for change in ({"mandate": wider}, {"principal_signature": b""}, {"agent_signature": prepared.principal_signature}):
        with attack.refused(errors.BadMandateSignature):
            factory.create_agent(accomplice, replace(prepared, **change))
    # Anybody may send the signed creation: the wallet is the principal's.
    created = factory.create_agent(accomplice, prepared)
    assert AgentWallet(suite.factory.web3, created.wallet).principal == mandate.principal


def test_f01_a_repeated_creation(attack, prepared, suite, accomplice, relayer):
    """Sends a creation again, for a second wallet, a second agent or a new counter."""
    suite.factory.create_agent(relayer, prepared)
    with attack.refused(errors.AlreadyInitialized):
        suite.factory.create_agent(accomplice, prepared)
    with attack.refused(errors.BadAcceptanceSignature):
        suite.factory.create_agent(accomplice, replace(prepared, salt=11))


def test_f03_a_clone_by_another_factory(attack, rogue, suite, accomplice, web3, new_mandate, principal, usdc):
    """Clones the same code with the same arguments by itself, to become its principal."""
    code = bytes(web3.eth.get_code(rogue.wallet.address))
    header = bytes.fromhex("61") + len(code).to_bytes(2) + bytes.fromhex("80600a3d393df3")
    nonce = web3.eth.get_transaction_count(accomplice.address)
    send_transaction(web3, accomplice, None, "0x" + (header + code).hex())
    clone = AgentWallet(web3, contract_address(accomplice.address, nonce))
    assert bytes(web3.eth.get_code(clone.address)) == code
    mandate = new_mandate(principal=accomplice.address)
    with attack.refused(errors.NotFactory, caller=accomplice.address):
        clone.send(accomplice, "initialize", mandate.as_tuple(), ENROLLMENT_OF_NOBODY)
    # The arguments of the clone name its principal, as those of every wallet.
    assert clone.principal == principal.address
    with attack.refused(errors.NotPrincipal):
        clone.withdraw_all(accomplice, usdc.address, accomplice.address)
    with attack.refused(errors.NoMandate):
        clone.pay(rogue.agent, usdc.address, accomplice.address, 1)
    assert not suite.factory.is_wallet(clone.address)
    assert suite.registry.check_wallet(clone.address).status is Status.UNKNOWN


def test_f08_a_look_alike_wallet(attack, rogue, suite, look_alike, accomplice, principal, now):
    """Links a contract that claims the principal and its mandate to the attacker's own agent."""
    assert not suite.factory.is_wallet(look_alike.address)
    with attack.refused(errors.AgentNotActive):
        suite.registry.read("requireActiveWallet", look_alike.address)
    agent_id = suite.registry.register(accomplice)
    with attack.accepted():
        suite.registry.set_agent_wallet(accomplice, agent_id, look_alike.address, now() + 60, b"")
    # The link succeeds, because the contract signs for itself, but the agent has no principal.
    with attack.refused(errors.AgentNotActive, status=Status.UNACCEPTED):
        suite.registry.require_active(agent_id)
    with attack.refused(errors.LiabilityNotAccepted):
        suite.registry.anchor_mandate(accomplice, agent_id, rogue.mandate)
    suite.registry.accept_liability(accomplice, agent_id, STATEMENT)
    with attack.refused(errors.PrincipalMismatch):
        suite.registry.anchor_mandate(accomplice, agent_id, rogue.mandate)
    assert suite.registry.check_agent(agent_id).principal == accomplice.address


def test_f09_forged_payment_events(attack, rogue, look_alike, usdc, payee, accomplice, web3):
    """Emits the event of a payment from its own contract, with the amounts of the wallet."""
    with attack.accepted():
        look_alike.send(accomplice, "pretend", usdc.address, payee.address, b"invoice".ljust(32, b"\0"), 10**12)
    assert rogue.wallet.payments() == []
    assert rogue.wallet.spent("USD") == 0


def test_f13_a_mandate_with_other_terms(attack, rogue, new_mandate, budgets, powers, principal, relayer):
    """Sets a mandate whose document, chain or budgets differ from what was signed."""
    mandate = new_mandate(budgets=budgets, **powers).in_round(rogue.wallet.round)
    signable = mandate.signable(rogue.wallet.address, rogue.wallet.web3.eth.chain_id)
    signature = bytes(principal.sign_message(signable).signature)
    agreed = bytes(rogue.agent.sign_message(signable).signature)
    changes = (
        {"terms_hash": bytes(32)},
        {"terms_uri": "https://evil.example"},
        {"valid_until": mandate.valid_until + 1},
        {"valid_from": mandate.valid_from - 1},
        {"max_requests": 255},
        {"calls": mandate.calls[:1]},
        {"budgets": (replace(budgets[0], payment_limit=101), budgets[1])},
    )
    for change in changes:
        with attack.refused(errors.BadPrincipalSignature):
            rogue.wallet.set_mandate_signed(relayer, replace(mandate, **change), signature, agreed)
    # The registry also requires the agent's signature.
    with attack.refused(errors.BadMandateSignature, signer=rogue.agent.address):
        rogue.wallet.set_mandate_signed(relayer, mandate, signature, signature)


def test_f15_an_invalid_credential(attack, suite, rogue, guardian, accomplice, now, time_travel):
    """Presents a credential that it signed itself, or that is changed, revoked, expired or somebody else's."""
    issuer, schema = guardian, schema_of("https://schemas.example/audited/v1")
    registry = suite.credentials
    base = Credential(
        issuer.address, rogue.agent.address, schema, STATEMENT, valid_from=now(), valid_until=now() + 3600, nonce=1
    )
    forged = sign_with(rogue.agent, registry.typed_data(base))
    with attack.refused(errors.BadIssuerSignature):
        registry.issue(rogue.agent, base, forged)
    signature = registry.sign(issuer, base)
    for change in ({"subject": accomplice.address}, {"valid_until": now() + DAY}, {"schema": schema_of("another")}):
        assert registry.verify(replace(base, **change), signature) is CredentialStatus.BAD_SIGNATURE
        with attack.refused(errors.BadIssuerSignature):
            registry.issue(rogue.agent, replace(base, **change), signature)
    registry.issue(accomplice, base, signature)
    asked = ("requireLive", rogue.agent.address, schema, [issuer.address])
    registry.read(*asked)
    with attack.refused(errors.NoLiveCredential):
        registry.read("requireLive", accomplice.address, schema, [issuer.address])
    with attack.refused(errors.NoLiveCredential):
        registry.read("requireLive", rogue.agent.address, schema, [accomplice.address])
    time_travel(to=base.valid_until)
    with attack.refused(errors.NoLiveCredential):
        registry.read(*asked)


def test_f17_an_agent_in_the_name_of_another_principal(attack, suite, rogue, accomplice, principal, now, look_alike):
    """Registers itself under a principal that never agreed: by enrollment, acceptance, transfer and metadata."""
    registry = suite.registry
    with attack.refused(errors.BadAcceptanceSignature):
        registry.send(accomplice, "enroll", principal.address, 0, "", STATEMENT, 2**34, b"")
    agent_id = registry.register(accomplice)
    registry.transfer(accomplice, principal.address, agent_id)
    with attack.refused(errors.NotOwner):
        registry.accept_liability(accomplice, agent_id, STATEMENT)
    typed = registry.acceptance_typed_data(agent_id, principal.address, STATEMENT, 0, 0, 2**34)
    forged = bytes(accomplice.sign_message(encode_typed_data(full_message=typed)).signature)
    with attack.refused(errors.BadAcceptanceSignature):
        registry.accept_liability_signed(accomplice, agent_id, STATEMENT, 0, 2**34, forged)
    with attack.refused(errors.AgentNotActive, status=Status.UNACCEPTED):
        registry.require_active(agent_id)
    mine = registry.register(accomplice)
    wallet = bytes.fromhex(rogue.wallet.address[2:])
    with attack.refused(errors.ReservedKey):
        registry.register(accomplice, metadata={"agentWallet": wallet})
    with attack.refused(errors.ReservedKey):
        registry.send(accomplice, "setMetadata", mine, "agentWallet", wallet)


def test_f17_an_agent_with_the_wallet_of_another(attack, suite, rogue, accomplice, principal, now):
    """Links the principal's wallet to its own agent, with the agent key's signature instead of the wallet's."""
    registry = suite.registry
    agent_id = registry.register(accomplice)
    typed = registry.wallet_set_typed_data(agent_id, rogue.wallet.address, accomplice.address, now() + 60)
    for signer in (rogue.agent, accomplice):
        signature = bytes(signer.sign_message(encode_typed_data(full_message=typed)).signature)
        with attack.refused(errors.BadWalletSignature, wallet=rogue.wallet.address):
            registry.set_agent_wallet(accomplice, agent_id, rogue.wallet.address, now() + 60, signature)
    assert registry.check_wallet(rogue.wallet.address).agent_id == rogue.agent_id


def test_f22_a_replaced_mandate_as_the_current_one(attack, suite, rogue, regrant, principal, relayer, budgets):
    """Anchors a wider mandate that both have signed, but that has been replaced."""
    old = rogue.mandate
    signable = old.signable(rogue.wallet.address, rogue.wallet.web3.eth.chain_id)
    signatures = [bytes(each.sign_message(signable).signature) for each in (principal, rogue.agent)]
    narrow = regrant(budgets=(replace(budgets[0], payment_limit=1, windows=budgets[0].windows), budgets[1]))
    assert rogue.wallet.mandate_hash == narrow.hash()
    with attack.refused(errors.MandateNotInForce, wallet=rogue.wallet.address):
        suite.registry.anchor_mandate(relayer, rogue.agent_id, old, *signatures)
    with attack.refused(errors.RoundEnded):
        rogue.wallet.set_mandate_signed(relayer, old, *signatures)
    # Until the new mandate is anchored, the registry reports none.
    with attack.refused(errors.AgentNotActive, status=Status.UNACCEPTED):
        suite.registry.require_active(rogue.agent_id)
