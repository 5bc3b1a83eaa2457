"""A wallet's link to an agent gives way once the wallet has left that agent's principal or epoch."""

from __future__ import annotations

import pytest

from peculium import Status, WalletCall, errors
from verification.testing.addresses import ZERO_ADDRESS, adjacent_addresses
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

STATEMENT = b"\x07" * 32


@pytest.fixture
def enroll(registry, suite, created, sign, now):
    """The principal lets its wallet register itself as a new agent."""

    def make(by):
        fields = {
            "principal": by.address,
            "epoch": suite.switch.epoch_of(by.address),
            "agent_uri": "ipfs://x",
            "statement_hash": STATEMENT,
            "deadline": now() + 100,
        }
        acceptance = sign(by, registry.enrollment_typed_data(wallet=created.wallet.address, **fields))
        data = registry.call_data("enroll", *fields.values(), acceptance)
        receipt = created.wallet.execute(by, WalletCall(registry.address, 0, data))
        return receipt.event("Registered").arguments["agentId"]

    return make


@pytest.fixture
def hand_over(created, now):
    """Hands the wallet over."""

    def move(old, new):
        created.wallet.offer_hand_over(old, new.address, now() + DAY)
        created.wallet.accept_hand_over(new)

    return move


# Refusals


def test_refuses_a_second_agent_of_the_same_principal(created, enroll, principal):
    with refuses(errors.WalletAlreadyLinked, wallet=created.wallet.address, agent_id=created.agent_id):
        enroll(principal)


def test_refuses_a_second_agent_after_the_end_of_the_epoch(created, enroll, suite, principal):
    """The wallet stays in the old epoch, like the agent."""
    suite.switch.revoke_all(principal)
    with refuses(errors.WalletAlreadyLinked, wallet=created.wallet.address, agent_id=created.agent_id):
        enroll(principal)


def test_refuses_a_second_agent_after_a_hand_over_and_back_in_the_same_epoch(
    created, enroll, hand_over, principal, other_principal
):
    hand_over(principal, other_principal)
    hand_over(other_principal, principal)
    with refuses(errors.WalletAlreadyLinked, wallet=created.wallet.address, agent_id=created.agent_id):
        enroll(principal)


@pytest.mark.parametrize("kind", ["a key", "reverts", "a word", "three words", "nothing"])
def test_link_of_a_wallet_that_reports_no_authority_stands(kind, registry, registered, principal, agent, link, web3):
    """I15."""
    link(principal, registered, agent)
    codes = {"reverts": "0x60406000fd", "a word": "0x60206000f3", "three words": "0x60606000f3", "nothing": "0x00"}
    if kind in codes:
        web3.provider.make_request("anvil_setCode", [agent.address, codes[kind]])
    second = registry.register(principal)
    with refuses(errors.WalletAlreadyLinked, wallet=agent.address, agent_id=registered):
        link(principal, second, agent)


@pytest.fixture
def reporting_wallet(registry, registered, deploy, principal, now):
    """A contract that reports any authority, linked to the agent whose principal has accepted liability."""
    contract = deploy("LookAlikeWallet")
    registry.accept_liability(principal, registered, bytes(32))
    contract.send(principal, "claim", principal.address, bytes(32), 0)
    registry.set_agent_wallet(principal, registered, contract.address, now() + 200, b"")
    return contract


def test_link_gives_way_only_if_principal_or_epoch_differ(registry, registered, reporting_wallet, principal, now):
    """Each comparison is exact."""
    second = registry.register(principal)
    arguments = (second, reporting_wallet.address, now() + 200, b"")
    lower, higher = adjacent_addresses(principal.address)
    with refuses(errors.WalletAlreadyLinked, wallet=reporting_wallet.address, agent_id=registered):
        registry.read("setAgentWallet", *arguments, sender=principal.address)
    for claimed, epoch in ((lower, 0), (higher, 0), (ZERO_ADDRESS, 0), (principal.address, 1), (lower, 1)):
        reporting_wallet.send(principal, "claim", claimed, bytes(32), epoch)
        registry.read("setAgentWallet", *arguments, sender=principal.address)


# Links that give way


def test_successor_enrolls_the_wallet(created, registry, enroll, hand_over, principal, other_principal):
    """I28. The former principal's agent loses its wallet; nothing else of that principal changes."""
    hand_over(principal, other_principal)
    agent_id = enroll(other_principal)
    check = registry.check_wallet(created.wallet.address)
    assert (check.agent_id, check.principal, check.status) == (agent_id, other_principal.address, Status.UNACCEPTED)
    former = registry.check_agent(created.agent_id)
    assert (former.wallet, former.principal, former.mandate_hash) == (ZERO_ADDRESS, principal.address, bytes(32))


def test_former_principals_stop_word_stays_as_it_is(created, suite, enroll, hand_over, principal, other_principal):
    """I28. Unlinking by a successor doesn't write in the name of the former principal."""
    wallet = created.wallet.address
    hand_over(principal, other_principal)
    enroll(other_principal)
    assert suite.switch.read("isRevoked", principal.address, wallet, 0) is False


def test_agent_of_the_successor_acts(
    created,
    registry,
    enroll,
    hand_over,
    principal,
    other_principal,
    agent,
    new_mandate,
    sign_mandate,
    relayer,
    usdc,
    payee,
):
    """Its mandate is anchored with both signatures."""
    hand_over(principal, other_principal)
    agent_id = enroll(other_principal)
    wallet = created.wallet
    mandate = new_mandate(principal=other_principal.address).in_round(wallet.round)
    signatures = [sign_mandate(account, mandate, wallet.address) for account in (other_principal, agent)]
    wallet.set_mandate_signed(relayer, mandate, *signatures)
    assert registry.check_wallet(wallet.address).status is Status.ACTIVE
    assert registry.check_agent(agent_id).mandate_hash == mandate.hash()
    wallet.pay(agent, usdc.address, payee.address, 1)


def test_wallet_that_returns_in_a_later_epoch_gets_a_new_agent(
    created, suite, registry, enroll, hand_over, principal, other_principal, new_mandate, sign_mandate, agent, relayer
):
    """I11. The old agent stays revoked."""
    hand_over(principal, other_principal)
    suite.switch.revoke_all(principal)
    hand_over(other_principal, principal)
    wallet = created.wallet
    mandate = new_mandate().in_round(wallet.round)
    assert mandate.epoch == 1
    signatures = [sign_mandate(account, mandate, wallet.address) for account in (principal, agent)]
    # The registry still links the old agent, of the ended epoch: nothing is anchored for it.
    receipt = wallet.set_mandate_signed(relayer, mandate, *signatures)
    assert "MandateAnchored" not in [event.name for event in receipt.events]
    assert registry.check_agent(created.agent_id).status is Status.REVOKED
    agent_id = enroll(principal)
    registry.anchor_mandate(relayer, agent_id, mandate, *signatures)
    assert registry.check_wallet(wallet.address).status is Status.ACTIVE
    assert registry.check_agent(created.agent_id).status is Status.REVOKED


@pytest.fixture
def sign_mandate(web3):
    """Signs a mandate for a wallet as an account."""

    def sign(account, mandate, wallet):
        return bytes(account.sign_message(mandate.signable(wallet, web3.eth.chain_id)).signature)

    return sign
