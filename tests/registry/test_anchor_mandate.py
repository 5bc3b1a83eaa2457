"""`anchorMandate`: records a mandate that both parties have signed, if the wallet enforces it."""

from dataclasses import replace

import pytest

from peculium import Status, errors
from verification.testing.addresses import adjacent_addresses
from verification.testing.durations import DAY
from verification.testing.refusals import refuses


@pytest.fixture
def sign_mandate(web3):
    """Signs a mandate for a wallet as an account."""

    def sign(account, mandate, wallet):
        return bytes(account.sign_message(mandate.signable(wallet, web3.eth.chain_id)).signature)

    return sign


@pytest.fixture
def following(created, new_mandate, principal):
    """A second mandate, which the principal has set but nobody has anchored."""
    mandate = new_mandate(payment_limit=50).in_round(created.wallet.round)
    created.wallet.set_mandate(principal, mandate)
    return mandate


@pytest.fixture
def agent_of_key(registry, registered, principal, agent, link):
    """An agent whose wallet is a plain key. Its principal has accepted liability."""
    registry.accept_liability(principal, registered, bytes(32))
    link(principal, registered, agent)
    return registered


@pytest.fixture
def anchor_for_key(registry, agent_of_key, principal, agent, sign_mandate, relayer):
    """Anchors a mandate of the agent whose wallet is a plain key, with both signatures."""

    def anchor(mandate):
        signatures = [sign_mandate(account, mandate, agent.address) for account in (principal, agent)]
        return registry.anchor_mandate(relayer, agent_of_key, mandate, *signatures)

    return anchor


def test_reverts_without_liability(registry, registered, new_mandate, relayer):
    with refuses(errors.LiabilityNotAccepted, agent_id=registered):
        registry.anchor_mandate(relayer, registered, new_mandate())


def test_reverts_for_another_principal(registry, created, new_mandate, other_principal, principal, relayer):
    mandate = new_mandate(principal=other_principal.address)
    with refuses(errors.PrincipalMismatch, given=other_principal.address, expected=principal.address):
        registry.anchor_mandate(relayer, created.agent_id, mandate)


@pytest.mark.parametrize("side", [0, 1])
def test_reverts_for_addresses_adjacent_to_the_principal(registry, created, new_mandate, principal, relayer, side):
    other = adjacent_addresses(principal.address)[side]
    with refuses(errors.PrincipalMismatch, given=other, expected=principal.address):
        registry.anchor_mandate(relayer, created.agent_id, replace(new_mandate(), principal=other))


def test_reverts_for_another_epoch(registry, created, new_mandate, relayer):
    with refuses(errors.EpochMismatch, given=1, expected=0):
        registry.anchor_mandate(relayer, created.agent_id, new_mandate(epoch=1))


def test_reverts_for_a_wallet_that_never_proved_itself(registry, registered, principal, new_mandate, relayer):
    registry.accept_liability(principal, registered, bytes(32))
    with refuses(errors.WalletNotProven, agent_id=registered, wallet=principal.address):
        registry.anchor_mandate(relayer, registered, new_mandate())


@pytest.mark.parametrize("proven", ["the older agent", "the younger agent"])
def test_reverts_for_the_proven_wallet_of_another_agent(registry, principal, link, new_mandate, relayer, proven):
    """One account has registered both agents, but proven to be the wallet of only one."""
    agents = [registry.register(principal), registry.register(principal)]
    other, holder = agents if proven == "the younger agent" else agents[::-1]
    link(principal, holder, principal)
    registry.accept_liability(principal, other, bytes(32))
    with refuses(errors.WalletNotProven, agent_id=other, wallet=principal.address):
        registry.anchor_mandate(relayer, other, new_mandate())


DELEGATION = "0xef0100" + "00" * 18 + "0001"
"""Code of an account that delegates (EIP-7702)."""


def test_a_key_that_delegates_is_still_a_key(
    registry, agent_of_key, new_mandate, anchor_for_key, deploy, principal, agent, web3
):
    """I36. It can change its code for one transaction, so what the code reports proves nothing; its rounds do."""
    anchor_for_key(new_mandate().in_round(1))
    claims = deploy("LookAlikeWallet")
    for code in (DELEGATION, "0xef0100" + claims.address[2:].lower()):
        web3.provider.make_request("anvil_setCode", [agent.address, code])
        assert registry.check_agent(agent_of_key).status is Status.ACTIVE
    with refuses(errors.RoundEnded, given=1, expected=2):
        anchor_for_key(new_mandate().in_round(1))
    anchor_for_key(new_mandate().in_round(2))
    assert registry.round_of(agent_of_key) == 3


@pytest.mark.parametrize("code", ["0x00", "0x5f5ff3"])
def test_reverts_for_a_key_that_has_gained_code(
    registry, agent_of_key, new_mandate, principal, agent, sign_mandate, relayer, web3, code
):
    """I15: any code counts, even a single byte."""
    mandate = new_mandate().in_round(1)
    signatures = [sign_mandate(account, mandate, agent.address) for account in (principal, agent)]
    registry.anchor_mandate(relayer, agent_of_key, mandate, *signatures)
    assert registry.check_agent(agent_of_key).status is Status.ACTIVE
    web3.provider.make_request("anvil_setCode", [agent.address, code])
    assert registry.check_agent(agent_of_key).status is Status.UNACCEPTED
    following = mandate.in_round(2)
    signatures = [sign_mandate(account, following, agent.address) for account in (principal, agent)]
    with refuses(errors.MandateNotInForce, wallet=agent.address):
        registry.anchor_mandate(relayer, agent_of_key, following, *signatures)


@pytest.mark.parametrize(
    ("code_end", "status"),
    [
        ("60205ff3", Status.ACTIVE),
        ("60405ff3", Status.UNACCEPTED),
        ("601f5ff3", Status.UNACCEPTED),
        ("60205ffd", Status.UNACCEPTED),
    ],
    ids=["a word", "two words", "less than a word", "a revert"],
)
def test_accepts_only_a_single_word_as_the_mandate_of_a_contract(
    registry, agent_of_key, new_mandate, principal, agent, sign_mandate, relayer, web3, code_end, status
):
    """I15."""
    mandate = new_mandate().in_round(1)
    signatures = [sign_mandate(account, mandate, agent.address) for account in (principal, agent)]
    registry.anchor_mandate(relayer, agent_of_key, mandate, *signatures)
    # PUSH32 hash, PUSH0, MSTORE; the rest returns or reverts with a part of the memory.
    web3.provider.make_request("anvil_setCode", [agent.address, f"0x7f{mandate.hash().hex()}5f52{code_end}"])
    assert registry.check_agent(agent_of_key).status is status


@pytest.mark.parametrize("missing", ["principal", "agent"])
def test_reverts_without_either_signature(registry, created, following, sign_mandate, relayer, stranger, missing):
    """I23, I27."""
    by = {"principal": created.principal, "agent": created.agent}
    signatures = [
        sign_mandate(stranger if role == missing else account, following, created.wallet.address)
        for role, account in by.items()
    ]
    with refuses(errors.BadMandateSignature, signer=by[missing].address):
        registry.anchor_mandate(relayer, created.agent_id, following, *signatures)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("missing", ["principal", "agent"])
def test_requires_a_signature_from_callers_adjacent_to_either_party(
    registry, created, following, sign_mandate, missing, side
):
    by = {"principal": created.principal, "agent": created.agent}
    signatures = [
        b"" if role == missing else sign_mandate(account, following, created.wallet.address)
        for role, account in by.items()
    ]
    arguments = (created.agent_id, following.head(), *signatures)
    with refuses(errors.BadMandateSignature, signer=by[missing].address):
        registry.read("anchorMandate", *arguments, sender=adjacent_addresses(by[missing].address)[side])


def test_reverts_for_a_signature_for_another_wallet(registry, created, following, sign_mandate, relayer, stranger):
    """I16, D01: a mandate is valid for one wallet."""
    signatures = [sign_mandate(account, following, stranger.address) for account in (created.principal, created.agent)]
    with refuses(errors.BadMandateSignature, signer=created.principal.address):
        registry.anchor_mandate(relayer, created.agent_id, following, *signatures)


def test_reverts_for_an_old_mandate_once_it_is_replaced(registry, created, following, sign_mandate, relayer):
    """I27: a replaced mandate cannot be anchored again."""
    signatures = [
        sign_mandate(account, created.mandate, created.wallet.address) for account in (created.principal, created.agent)
    ]
    with refuses(errors.MandateNotInForce, wallet=created.wallet.address, mandate_hash=created.mandate.hash()):
        registry.anchor_mandate(relayer, created.agent_id, created.mandate, *signatures)


def test_reverts_for_a_contract_that_does_not_answer(
    registry, registered, principal, agent, deploy, sign, now, new_mandate, relayer, sign_mandate
):
    """I15: a wallet without a readable mandate counts as a wallet without a mandate."""
    contract = deploy("MockContractPrincipal", agent.address)
    registry.accept_liability(principal, registered, bytes(32))
    data = registry.wallet_set_typed_data(registered, contract.address, principal.address, now() + 200)
    registry.set_agent_wallet(principal, registered, contract.address, now() + 200, sign(agent, data))
    mandate = new_mandate()
    signatures = [sign_mandate(account, mandate, contract.address) for account in (principal, agent)]
    with refuses(errors.MandateNotInForce, wallet=contract.address):
        registry.anchor_mandate(relayer, registered, mandate, *signatures)


@pytest.mark.parametrize("step", [-1, 1])
def test_reverts_for_a_contract_that_enforces_an_adjacent_hash(
    registry, registered, principal, agent, deploy, now, new_mandate, relayer, sign_mandate, step
):
    """I27: the registry compares the whole hash."""
    contract, mandate = deploy("LookAlikeWallet"), new_mandate()
    registry.accept_liability(principal, registered, bytes(32))
    registry.set_agent_wallet(principal, registered, contract.address, now() + 200, b"")
    signatures = [sign_mandate(account, mandate, contract.address) for account in (principal, agent)]
    adjacent_hash = (int.from_bytes(mandate.hash()) + step).to_bytes(32)
    contract.send(principal, "claim", principal.address, adjacent_hash, 0)
    with refuses(errors.MandateNotInForce, wallet=contract.address, mandate_hash=mandate.hash()):
        registry.anchor_mandate(relayer, registered, mandate, *signatures)
    contract.send(principal, "claim", principal.address, mandate.hash(), 0)
    registry.anchor_mandate(relayer, registered, mandate, *signatures)
    assert registry.check_agent(registered).status is Status.ACTIVE
    contract.send(principal, "claim", principal.address, adjacent_hash, 0)
    assert registry.check_agent(registered).status is Status.UNACCEPTED


@pytest.mark.parametrize("second", ["the older agent", "the younger agent"])
def test_reverts_for_a_key_that_acts_for_another_live_agent(
    registry, created, new_agent, other_agent, new_mandate, principal, sign_mandate, relayer, second
):
    """I23: a key acts for one live agent only."""
    agents = [created, new_agent(key=other_agent)]
    holder, other = agents if second == "the younger agent" else agents[::-1]
    mandate = new_mandate(agent_key=holder.agent.address).in_round(other.wallet.round)
    signatures = [sign_mandate(account, mandate, other.wallet.address) for account in (principal, holder.agent)]
    with refuses(errors.AgentKeyTaken, agent_key=holder.agent.address, agent_id=holder.agent_id):
        other.wallet.set_mandate_signed(relayer, mandate, *signatures)


@pytest.mark.parametrize("change", ["revoked", "rekeyed", "unlinked", "expired"])
def test_key_can_be_reused_when_its_agent_is_not_live_or_has_another_key(
    registry,
    suite,
    created,
    new_agent,
    other_agent,
    new_mandate,
    principal,
    sign_mandate,
    agent,
    relayer,
    stranger,
    time_travel,
    change,
):
    until = created.mandate.message()["validUntil"]
    second = new_agent(key=other_agent, valid_until=until + DAY)
    if change == "expired":
        time_travel(to=until)
    elif change == "revoked":
        suite.switch.revoke(principal, created.wallet.address)
    elif change == "unlinked":
        registry.unset_agent_wallet(principal, created.agent_id)
    else:
        rekeyed = new_mandate(agent_key=stranger.address).in_round(created.wallet.round)
        signatures = [sign_mandate(account, rekeyed, created.wallet.address) for account in (principal, stranger)]
        created.wallet.set_mandate_signed(relayer, rekeyed, *signatures)
    mandate = new_mandate(agent_key=agent.address).in_round(second.wallet.round)
    signatures = [sign_mandate(account, mandate, second.wallet.address) for account in (principal, agent)]
    second.wallet.set_mandate_signed(relayer, mandate, *signatures)
    assert registry.check_agent(second.agent_id).status is Status.ACTIVE


def test_anchors_a_mandate_that_both_parties_signed(registry, created, following, sign_mandate, relayer):
    assert registry.check_agent(created.agent_id).status is Status.UNACCEPTED
    signatures = [
        sign_mandate(account, following, created.wallet.address) for account in (created.principal, created.agent)
    ]
    event = registry.anchor_mandate(relayer, created.agent_id, following, *signatures).event("MandateAnchored")
    assert event.arguments == {
        "agentId": created.agent_id,
        "mandateHash": following.hash(),
        "agentKey": created.agent.address,
        "validFrom": following.message()["validFrom"],
        "validUntil": following.message()["validUntil"],
    }
    assert registry.check_agent(created.agent_id).status is Status.ACTIVE


@pytest.mark.parametrize("caller", ["principal", "agent"])
def test_requires_no_signature_from_the_caller(registry, created, following, sign_mandate, caller):
    accounts = {"principal": created.principal, "agent": created.agent}
    signatures = [
        b"" if role == caller else sign_mandate(account, following, created.wallet.address)
        for role, account in accounts.items()
    ]
    registry.anchor_mandate(accounts[caller], created.agent_id, following, *signatures)
    assert registry.check_agent(created.agent_id).mandate_hash == following.hash()


@pytest.mark.parametrize("given", [0, 1, 2, 4, 2**32 - 1])
def test_reverts_for_another_round_of_a_plain_key(registry, agent_of_key, new_mandate, anchor_for_key, given):
    """I31. A plain key cannot report its mandate, so the registry counts its rounds. Linking it ended the first."""
    assert registry.round_of(agent_of_key) == 1
    for round_ in (1, 2):
        anchor_for_key(new_mandate().in_round(round_))
    assert registry.round_of(agent_of_key) == 3
    with refuses(errors.RoundEnded, given=given, expected=3):
        anchor_for_key(new_mandate().in_round(given))


def test_reverts_for_a_mandate_of_a_plain_key_signed_before_it_was_unlinked(
    registry, agent_of_key, new_mandate, principal, agent, link, anchor_for_key
):
    """I14, I31."""
    mandate = new_mandate().in_round(registry.round_of(agent_of_key))
    registry.unset_agent_wallet(principal, agent_of_key)
    link(principal, agent_of_key, agent)
    with refuses(errors.RoundEnded, given=1, expected=registry.round_of(agent_of_key)):
        anchor_for_key(mandate)


def test_mandate_of_a_plain_key_replaces_the_previous_one(registry, agent_of_key, new_mandate, anchor_for_key):
    for round_ in (1, 2, 3):
        mandate = new_mandate(payment_limit=round_).in_round(registry.round_of(agent_of_key))
        assert mandate.round == round_
        anchor_for_key(mandate)
        check = registry.check_agent(agent_of_key)
        assert (check.mandate_hash, check.status) == (mandate.hash(), Status.ACTIVE)
