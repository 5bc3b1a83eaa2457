"""`anchorMandate`: what both have signed, and only while the wallet enforces it."""

from dataclasses import replace

import pytest

from peculium import Status
from peculium import exceptions as errors
from verification.testing.addresses import adjacent_addresses
from verification.testing.durations import DAY
from verification.testing.refusals import refuses


@pytest.fixture
def sign_mandate(web3):
    """An account's signature of a mandate for a wallet."""

    def sign(account, mandate, wallet):
        return bytes(account.sign_message(mandate.signable(wallet, web3.eth.chain_id)).signature)

    return sign


@pytest.fixture
def following(created, new_mandate, principal):
    """A second mandate, in force by the principal's own transaction, and not yet anchored."""
    mandate = new_mandate(payment_limit=50).replacing(created.wallet.last_mandate_hash)
    created.wallet.set_mandate(principal, mandate)
    return mandate


@pytest.fixture
def bare(registry, registered, principal, agent, link):
    """An agent that acts with a bare key, its principal liable."""
    registry.accept_liability(principal, registered, bytes(32))
    link(principal, registered, agent)
    return registered


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
    """Both were registered by it, and assumed it: only one of them is it."""
    agents = [registry.register(principal), registry.register(principal)]
    other, holder = agents if proven == "the younger agent" else agents[::-1]
    link(principal, holder, principal)
    registry.accept_liability(principal, other, bytes(32))
    with refuses(errors.WalletNotProven, agent_id=other, wallet=principal.address):
        registry.anchor_mandate(relayer, other, new_mandate())


@pytest.mark.parametrize("code", ["0x00", "0x5f5ff3"])
def test_reverts_for_a_key_that_has_gained_code(
    registry, bare, new_mandate, principal, agent, sign_mandate, relayer, web3, code
):
    """I15: however short the code is."""
    mandate = new_mandate()
    both = [sign_mandate(account, mandate, agent.address) for account in (principal, agent)]
    registry.anchor_mandate(relayer, bare, mandate, *both)
    assert registry.check_agent(bare).status is Status.ACTIVE
    web3.provider.make_request("anvil_setCode", [agent.address, code])
    assert registry.check_agent(bare).status is Status.UNACCEPTED
    following = replace(mandate, replaces=mandate.hash())
    both = [sign_mandate(account, following, agent.address) for account in (principal, agent)]
    with refuses(errors.MandateNotInForce, wallet=agent.address):
        registry.anchor_mandate(relayer, bare, following, *both)


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("60205ff3", Status.ACTIVE),
        ("60405ff3", Status.UNACCEPTED),
        ("601f5ff3", Status.UNACCEPTED),
        ("60205ffd", Status.UNACCEPTED),
    ],
    ids=["a word", "two words", "less than a word", "a revert"],
)
def test_accepts_only_a_single_word_as_the_mandate_of_a_contract(
    registry, bare, new_mandate, principal, agent, sign_mandate, relayer, web3, end, status
):
    """I15."""
    mandate = new_mandate()
    both = [sign_mandate(account, mandate, agent.address) for account in (principal, agent)]
    registry.anchor_mandate(relayer, bare, mandate, *both)
    # PUSH32 hash, PUSH0, MSTORE, and then it returns or reverts with so much of it.
    web3.provider.make_request("anvil_setCode", [agent.address, f"0x7f{mandate.hash().hex()}5f52{end}"])
    assert registry.check_agent(bare).status is status


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
    """I16: D01, a mandate is for one wallet."""
    both = [sign_mandate(account, following, stranger.address) for account in (created.principal, created.agent)]
    with refuses(errors.BadMandateSignature, signer=created.principal.address):
        registry.anchor_mandate(relayer, created.agent_id, following, *both)


def test_reverts_for_an_old_mandate_once_it_is_replaced(registry, created, following, sign_mandate, relayer):
    """I27: what is anchored can't be put back."""
    both = [
        sign_mandate(account, created.mandate, created.wallet.address) for account in (created.principal, created.agent)
    ]
    with refuses(errors.MandateNotInForce, wallet=created.wallet.address, mandate_hash=created.mandate.hash()):
        registry.anchor_mandate(relayer, created.agent_id, created.mandate, *both)


def test_reverts_for_a_contract_that_does_not_answer(
    registry, registered, principal, agent, deploy, sign, now, new_mandate, relayer, sign_mandate
):
    """I15: a wallet that can't say what it enforces enforces nothing."""
    firm = deploy("MockContractPrincipal", agent.address)
    registry.accept_liability(principal, registered, bytes(32))
    data = registry.wallet_set_typed_data(registered, firm.address, principal.address, now() + 200)
    registry.set_agent_wallet(principal, registered, firm.address, now() + 200, sign(agent, data))
    mandate = new_mandate()
    both = [sign_mandate(account, mandate, firm.address) for account in (principal, agent)]
    with refuses(errors.MandateNotInForce, wallet=firm.address):
        registry.anchor_mandate(relayer, registered, mandate, *both)


@pytest.mark.parametrize("step", [-1, 1])
def test_reverts_for_a_contract_that_enforces_an_adjacent_hash(
    registry, registered, principal, agent, deploy, now, new_mandate, relayer, sign_mandate, step
):
    """I27: what it says is compared whole."""
    firm, mandate = deploy("LookAlikeWallet"), new_mandate()
    registry.accept_liability(principal, registered, bytes(32))
    registry.set_agent_wallet(principal, registered, firm.address, now() + 200, b"")
    both = [sign_mandate(account, mandate, firm.address) for account in (principal, agent)]
    said = (int.from_bytes(mandate.hash()) + step).to_bytes(32)
    firm.send(principal, "claim", principal.address, said, 0)
    with refuses(errors.MandateNotInForce, wallet=firm.address, mandate_hash=mandate.hash()):
        registry.anchor_mandate(relayer, registered, mandate, *both)
    firm.send(principal, "claim", principal.address, mandate.hash(), 0)
    registry.anchor_mandate(relayer, registered, mandate, *both)
    assert registry.check_agent(registered).status is Status.ACTIVE
    firm.send(principal, "claim", principal.address, said, 0)
    assert registry.check_agent(registered).status is Status.UNACCEPTED


@pytest.mark.parametrize("taker", ["the older agent", "the younger agent"])
def test_reverts_for_a_key_that_acts_for_another_live_agent(
    registry, created, new_agent, other_agent, new_mandate, principal, sign_mandate, relayer, taker
):
    """I23: one key, one live agent."""
    agents = [created, new_agent(key=other_agent)]
    holder, other = agents if taker == "the younger agent" else agents[::-1]
    mandate = new_mandate(agent_key=holder.agent.address).replacing(other.wallet.last_mandate_hash)
    both = [sign_mandate(account, mandate, other.wallet.address) for account in (principal, holder.agent)]
    with refuses(errors.AgentKeyTaken, agent_key=holder.agent.address, agent_id=holder.agent_id):
        other.wallet.set_mandate_signed(relayer, mandate, *both)


@pytest.mark.parametrize("freed", ["revoked", "rekeyed", "unlinked", "expired"])
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
    freed,
):
    until = created.mandate.message()["validUntil"]
    second = new_agent(key=other_agent, valid_until=until + DAY)
    if freed == "expired":
        time_travel(to=until)
    elif freed == "revoked":
        suite.switch.revoke(principal, created.wallet.address)
    elif freed == "unlinked":
        registry.unset_agent_wallet(principal, created.agent_id)
    else:
        rekeyed = new_mandate(agent_key=stranger.address).replacing(created.wallet.last_mandate_hash)
        both = [sign_mandate(account, rekeyed, created.wallet.address) for account in (principal, stranger)]
        created.wallet.set_mandate_signed(relayer, rekeyed, *both)
    mandate = new_mandate(agent_key=agent.address).replacing(second.wallet.last_mandate_hash)
    both = [sign_mandate(account, mandate, second.wallet.address) for account in (principal, agent)]
    second.wallet.set_mandate_signed(relayer, mandate, *both)
    assert registry.check_agent(second.agent_id).status is Status.ACTIVE


def test_a_mandate_set_by_transaction_is_anchored_by_signatures(registry, created, following, sign_mandate, relayer):
    assert registry.check_agent(created.agent_id).status is Status.UNACCEPTED
    both = [sign_mandate(account, following, created.wallet.address) for account in (created.principal, created.agent)]
    event = registry.anchor_mandate(relayer, created.agent_id, following, *both).event("MandateAnchored")
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


def test_mandate_of_a_plain_key_replaces_the_previous_one(
    registry, bare, new_mandate, principal, agent, sign_mandate, relayer
):
    """For a key no wallet can answer: the chain of mandates keeps the order."""
    first = new_mandate()
    both = [sign_mandate(account, first, agent.address) for account in (principal, agent)]
    registry.anchor_mandate(relayer, bare, first, *both)
    assert registry.check_agent(bare).status is Status.ACTIVE
    with refuses(errors.ReplacesMismatch, given=bytes(32), expected=first.hash()):
        registry.anchor_mandate(relayer, bare, first, *both)
    above = replace(first, replaces=b"\xff" * 32)
    with refuses(errors.ReplacesMismatch, given=b"\xff" * 32, expected=first.hash()):
        registry.anchor_mandate(
            relayer, bare, above, *(sign_mandate(account, above, agent.address) for account in (principal, agent))
        )
    second = replace(first, replaces=first.hash())
    both = [sign_mandate(account, second, agent.address) for account in (principal, agent)]
    registry.anchor_mandate(relayer, bare, second, *both)
    assert registry.check_agent(bare).mandate_hash == second.hash()
