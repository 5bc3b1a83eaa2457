"""`createWallet`: anyone creates a principal's wallet, without a signature, so that its money is never stuck (I30)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import NATIVE, errors
from peculium.devnet.anvil import rpc
from peculium.registry import Status
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.refusals import refuses

STATEMENT = b"\x07" * 32
SALT = 10**9
ETHER = 10**18


@pytest.fixture
def address(suite, principal, agent):
    """The address of the wallet."""
    return suite.factory.wallet_address(principal.address, agent.address, SALT)


@pytest.fixture
def wallet(suite, address):
    """The wallet, which doesn't exist until it is created."""
    return suite.wallet(address)


@pytest.fixture
def create(suite, principal, agent, stranger):
    """Creates the wallet, as a stranger unless another account is given."""
    return lambda by=stranger: suite.factory.create_wallet(by, principal.address, agent.address, SALT)


@pytest.fixture
def prepare(suite, new_mandate, principal, agent, now):
    """Prepares the creation of an agent with this wallet, with all three signatures."""

    def make(**overrides):
        mandate, until = new_mandate(**overrides), now() + 3600
        return suite.factory.prepare(
            suite.registry, mandate, principal, agent, "https://a.example", STATEMENT, until, SALT
        )

    return make


# Refusals


def test_refuses_the_zero_address_as_principal(suite, agent, stranger):
    """Nobody could withdraw."""
    with refuses(errors.ZeroAddress):
        suite.factory.create_wallet(stranger, ZERO_ADDRESS, agent.address, SALT)


def test_refuses_an_agent_of_the_zero_address(suite, new_mandate, prepare, relayer):
    creation = replace(prepare(), mandate=replace(new_mandate(), principal=ZERO_ADDRESS))
    with refuses(errors.ZeroAddress):
        suite.factory.send(relayer, "createAgent", creation.mandate.as_tuple(), creation.salt, creation.enrollment())


@pytest.mark.parametrize("caller", ["agent", "stranger", "payee", "relayer"])
def test_nobody_but_the_principal_moves_money_before_the_first_mandate(
    caller, create, wallet, usdc, principal, relayer, request
):
    """I12, I30."""
    account = request.getfixturevalue(caller)
    create()
    usdc.send(relayer, "mint", wallet.address, 10**6)
    with refuses(errors.NotPrincipal, caller=account.address, principal=principal.address):
        wallet.withdraw_all(account, usdc.address, account.address)
    with refuses(errors.NoMandate):
        wallet.pay(account, usdc.address, account.address, 1)
    with refuses(errors.NoMandate):
        wallet.grant()


def test_a_stranger_cannot_use_up_the_first_signed_mandate(suite, create, wallet, prepare, stranger, relayer):
    """Else the agent would be left without a registration, and its signed creation void."""
    create()
    creation = prepare()
    with refuses(errors.NoMandate):
        wallet.set_mandate_signed(stranger, creation.mandate, creation.principal_signature, creation.agent_signature)
    suite.factory.create_agent(relayer, creation)
    assert wallet.enforces(creation.mandate)


@pytest.mark.parametrize("ended", [0, 2])
def test_a_strangers_sync_does_not_revoke_a_newborn_wallet(
    ended, suite, create, wallet, prepare, principal, agent, stranger, relayer, usdc, payee
):
    """Before its first mandate the wallet reports the principal's present epoch, so there is nothing to copy."""
    for _ in range(ended):
        suite.switch.revoke_all(principal)
    create()
    assert wallet.read("authority") == [principal.address, ended]
    suite.switch.send(stranger, "sync", wallet.address)
    suite.factory.create_agent(relayer, prepare())
    usdc.send(relayer, "mint", wallet.address, 10**6)
    wallet.pay(agent, usdc.address, payee.address, 1)


def test_epoch_that_ends_between_creation_and_mandate_voids_what_was_signed_in_it(
    suite, create, wallet, prepare, principal, relayer
):
    """I8. A mandate of the next epoch can be the first."""
    create()
    signed = prepare()
    suite.switch.revoke_all(principal)
    with refuses(errors.EpochMismatch, given=0, expected=1):
        suite.factory.create_agent(relayer, signed)
    suite.factory.create_agent(relayer, prepare())
    assert suite.registry.check_wallet(wallet.address).status is Status.ACTIVE


def test_refuses_to_create_an_agent_whose_wallet_had_a_mandate(
    suite, create, wallet, prepare, principal, new_mandate, relayer
):
    """The principal has set the first mandate itself; lifting it doesn't make the wallet new."""
    create()
    wallet.set_mandate(principal, new_mandate())
    with refuses(errors.AlreadyInitialized, principal=principal.address):
        suite.factory.create_agent(relayer, prepare())
    wallet.lift_mandate(principal)
    with refuses(errors.AlreadyInitialized, principal=principal.address):
        suite.factory.create_agent(relayer, prepare(round=2))


def test_refuses_to_create_an_agent_whose_wallet_was_handed_over(
    suite, create, wallet, prepare, principal, other_principal, relayer, now
):
    create()
    wallet.offer_hand_over(principal, other_principal.address, now() + 60)
    wallet.accept_hand_over(other_principal)
    with refuses(errors.PrincipalMismatch, given=principal.address, expected=other_principal.address):
        suite.factory.create_agent(relayer, prepare(round=1))


def test_a_strangers_sync_does_not_revoke_a_wallet_handed_over_before_its_first_mandate(
    suite, create, wallet, new_mandate, principal, other_principal, agent, stranger, relayer, usdc, payee, now
):
    """Its epoch stays open until the first mandate, and is that mandate's afterwards."""
    create()
    wallet.offer_hand_over(principal, other_principal.address, now() + 60)
    wallet.accept_hand_over(other_principal)
    suite.switch.revoke_all(other_principal)
    assert wallet.read("authority") == [other_principal.address, 1]
    suite.switch.sync(stranger, wallet.address)
    wallet.set_mandate(other_principal, new_mandate(principal=other_principal.address).in_round(wallet.round))
    assert wallet.read("authority") == [other_principal.address, 1]
    suite.switch.sync(stranger, wallet.address)
    usdc.send(relayer, "mint", wallet.address, 10**6)
    wallet.pay(agent, usdc.address, payee.address, 1)
    wallet.set_mandate(other_principal, new_mandate(principal=other_principal.address).in_round(wallet.round))


# Money


def test_principal_withdraws_what_was_sent_before_the_wallet_exists(
    address, create, wallet, principal, usdc, relayer, web3
):
    """I30. The agent key does nothing: it may be lost, or ask a ransom for its signature."""
    usdc.send(relayer, "mint", address, 700 * 10**6)
    rpc(web3, "anvil_setBalance", address, hex(3 * ETHER))
    create(by=principal)
    before = web3.eth.get_balance(principal.address)
    wallet.withdraw_all(principal, usdc.address, principal.address)
    wallet.withdraw_all(principal, NATIVE, principal.address)
    assert usdc.balance(principal.address) == 700
    assert web3.eth.get_balance(principal.address) > before + 2 * ETHER


def test_an_accomplice_cannot_occupy_the_address(suite, address, create, wallet, principal, agent, other_principal):
    """The agent key signs for another principal first. That is another wallet."""
    other = suite.factory.create_wallet(agent, other_principal.address, agent.address, SALT).wallet
    assert other != address
    create(by=agent)
    assert (wallet.principal, suite.wallet(other).principal) == (principal.address, other_principal.address)


# Creation


@pytest.mark.parametrize("by", ["principal", "agent", "stranger", "relayer"])
def test_anyone_creates_a_wallet_without_a_mandate(by, suite, address, create, wallet, principal, agent, request):
    assert not suite.factory.is_wallet(address)
    created = create(by=request.getfixturevalue(by))
    assert created.wallet == address
    assert [event.name for event in created.receipt.events] == ["WalletCreated"]
    assert created.receipt.event("WalletCreated").arguments == {
        "wallet": address,
        "principal": principal.address,
        "agentKey": agent.address,
        "salt": SALT,
    }
    assert suite.factory.is_wallet(address)
    assert (wallet.principal, wallet.round, wallet.mandate_hash, wallet.last_mandate_hash) == (
        principal.address,
        0,
        bytes(32),
        bytes(32),
    )
    assert suite.registry.check_wallet(address).status is Status.UNKNOWN


def test_second_creation_returns_the_wallet_and_changes_nothing(suite, address, create, principal, agent, stranger):
    create()
    arguments = principal.address, agent.address, SALT
    assert suite.factory.read("createWallet", *arguments, sender=stranger.address) == address
    assert create().receipt.events == ()


def test_creation_touches_no_storage(create, web3):
    """So an unstaked factory may serve as `initCode` of a user operation (ERC-7562)."""
    transaction = create().receipt.transaction
    answer = web3.provider.make_request("debug_traceTransaction", [transaction, {"tracer": "prestateTracer"}])
    touched = answer["result"]
    assert len(touched) > 2
    assert [account for account, state in touched.items() if "storage" in state] == []


def test_creation_costs_less_than_85000_gas(create):
    assert create().receipt.gas_used < 85_000


def test_agent_is_created_with_a_wallet_that_exists(
    suite, address, create, wallet, prepare, principal, agent, relayer, usdc, payee
):
    create()
    usdc.send(relayer, "mint", address, 10**6)
    created = suite.factory.create_agent(relayer, prepare())
    assert created.wallet == address
    assert "WalletCreated" not in [event.name for event in created.receipt.events]
    check = suite.registry.check_wallet(address)
    assert (check.agent_id, check.principal, check.status) == (created.agent_id, principal.address, Status.ACTIVE)
    assert wallet.round == 1
    wallet.pay(agent, usdc.address, payee.address, 1)


def test_first_mandate_names_the_round_of_a_wallet_whose_principal_ended_one(
    suite, create, wallet, prepare, principal, relayer
):
    """I31. `refuseAll` before the creation voids what was signed for it."""
    create()
    signed = prepare()
    wallet.refuse_all(principal)
    with refuses(errors.RoundEnded, given=0, expected=1):
        suite.factory.create_agent(relayer, signed)
    suite.factory.create_agent(relayer, prepare(round=1))
    assert suite.registry.check_wallet(wallet.address).status is Status.ACTIVE


def test_agent_and_wallet_are_created_at_once(suite, prepare, relayer, address):
    created = suite.factory.create_agent(relayer, prepare())
    events = [event.name for event in created.receipt.events]
    assert (events[0], events[-1]) == ("WalletCreated", "AgentCreated")
    assert created.wallet == address


def test_principal_sets_the_first_mandate_of_a_wallet_without_an_agent(
    suite, create, wallet, principal, agent, new_mandate, usdc, relayer, payee
):
    """The registry knows nothing about it; it can be enrolled later."""
    create()
    wallet.set_mandate(principal, new_mandate())
    usdc.send(relayer, "mint", wallet.address, 10**6)
    wallet.pay(agent, usdc.address, payee.address, 1)
    assert suite.registry.check_wallet(wallet.address).status is Status.UNKNOWN


def test_first_mandate_may_name_any_agent_key(
    create, wallet, principal, other_agent, new_mandate, usdc, relayer, payee
):
    """The key in the address is part of the address only."""
    create()
    wallet.set_mandate(principal, new_mandate(agent_key=other_agent.address))
    usdc.send(relayer, "mint", wallet.address, 10**6)
    wallet.pay(other_agent, usdc.address, payee.address, 1)
