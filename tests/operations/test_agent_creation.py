"""Creation of an agent by the principal's first operation: `createWallet` as initCode, `createAgent` in its call."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from peculium import InvalidInput, Pay, PrincipalPaymaster, WalletCall, errors
from verification.testing.refusals import refuses


@pytest.fixture
def prepared(prepare_agent, fund):
    """An agent that nobody has created, whose wallet's address holds one ether."""
    agent, creation = prepare_agent()
    fund(creation.wallet, 1)
    return agent, creation


@pytest.fixture
def build(bundler, suite):
    """Builds the operation of the principal that creates an agent. Keyword arguments as in `creation_operation`."""

    def build(agent, creation, by=None, **options):
        return bundler.creation_operation(suite.factory, creation, by or agent.principal, **options)

    return build


@pytest.fixture
def paymaster(web3, deploy, suite, principal, relayer):
    """The principal's paymaster, with a deposit of one ether."""
    made = PrincipalPaymaster(web3, deploy("PrincipalPaymaster", suite.factory.address, principal.address).address)
    made.deposit(relayer, 1)
    return made


# Refused before anything is signed


@pytest.mark.parametrize("by", ["agent", "stranger"])
def test_refuses_to_build_for_anybody_but_the_principal(by, prepared, build, request):
    agent, creation = prepared
    signer = agent.agent if by == "agent" else request.getfixturevalue(by)
    with pytest.raises(InvalidInput, match=f"Only the mandate's principal {agent.principal.address}"):
        build(agent, creation, by=signer)


def test_refuses_to_build_for_another_factory(prepared, bundler, suites, version):
    """The same parties have another wallet there, which the signatures don't name."""
    agent, creation = prepared
    other = suites("0.9" if version == "0.8" else "0.8").factory
    with pytest.raises(InvalidInput, match=f"The factory {other.address} creates the wallet"):
        bundler.creation_operation(other, creation, agent.principal)


def test_refuses_to_build_with_another_salt(prepared, build):
    agent, creation = prepared
    with pytest.raises(InvalidInput, match="the salt with which the creation was prepared"):
        build(agent, replace(creation, salt=creation.salt + 1))


def test_refuses_to_build_a_mandate_that_contradicts_itself(prepared, build):
    agent, creation = prepared
    reversed_ = replace(creation.mandate, valid_until=creation.mandate.valid_from)
    with refuses(errors.ValidityInverted):
        build(agent, replace(creation, mandate=reversed_))


def test_refuses_to_build_for_an_agent_that_exists(prepared, build, suite, relayer):
    agent, creation = prepared
    suite.factory.create_agent(relayer, creation)
    with refuses(errors.AlreadyInitialized, principal=agent.principal.address):
        build(agent, creation)


def test_refuses_to_build_with_a_strangers_signature_of_the_mandate(prepared, build, stranger, web3):
    agent, creation = prepared
    signable = creation.mandate.signable(creation.wallet, web3.eth.chain_id)
    forged = replace(creation, principal_signature=bytes(stranger.sign_message(signable).signature))
    with refuses(errors.BadMandateSignature, signer=agent.principal.address):
        build(agent, forged)


def test_refuses_to_build_after_revoke_all(prepared, build, suite):
    """What was signed names the principal's earlier epoch."""
    agent, creation = prepared
    suite.switch.revoke_all(agent.principal, agent.principal.address)
    with refuses(errors.EpochMismatch, given=0, expected=1):
        build(agent, creation)


def test_refuses_to_estimate_another_function_of_the_factory(prepared, bundler, suite):
    agent, creation = prepared
    data = suite.factory.agent_creation_data(creation)
    with pytest.raises(InvalidInput, match="Only a call of createWallet"):
        bundler.principal_operation(agent.wallet, agent.principal, [], factory=suite.factory.address, factory_data=data)


def test_refuses_to_estimate_the_creation_of_another_wallet(prepared, bundler, suite, stranger):
    agent, creation = prepared
    data = suite.factory.creation_data(stranger.address, agent.agent.address, creation.salt)
    with refuses(errors.FailedOp, reason="AA14 initCode must return sender"):
        bundler.principal_operation(agent.wallet, agent.principal, [], factory=suite.factory.address, factory_data=data)


# Refused by the EntryPoint


@pytest.mark.parametrize("by", ["agent", "stranger"])
def test_refuses_the_signature_of_another(by, prepared, build, bundler, send_bundle, web3, request):
    """I30. The wallet that the operation creates knows its principal."""
    agent, creation = prepared
    signer = agent.agent if by == "agent" else request.getfixturevalue(by)
    bundle = send_bundle(bundler.sign(build(agent, creation), signer))
    assert (bundle.included, bundle.collected) == (False, 0)
    assert web3.eth.get_code(creation.wallet) == b""


def test_refuses_the_initcode_of_a_stranger(prepared, build, bundler, suite, stranger):
    """The stranger's wallet has another address."""
    agent, creation = prepared
    data = suite.factory.creation_data(stranger.address, agent.agent.address, creation.salt)
    forged = bundler.sign(replace(build(agent, creation), factory_data=data), stranger)
    with refuses(errors.FailedOp, reason="AA14 initCode must return sender"):
        bundler.send(forged)


def test_refuses_a_creation_that_nobody_pays_for(prepare_agent, build, bundler):
    agent, creation = prepare_agent()
    with refuses(errors.FailedOp, reason="AA21 didn't pay prefund"):
        bundler.send(build(agent, creation))


def test_refuses_a_principal_whose_paymaster_has_no_deposit(prepare_agent, build, bundler, paymaster, principal):
    agent, creation = prepare_agent()
    paymaster.withdraw(principal, principal.address, 1)
    with refuses(errors.FailedOp, reason="AA31 paymaster deposit too low"):
        bundler.send(build(agent, creation, paymaster=paymaster))


def test_refuses_the_paymaster_of_another_principal(prepare_agent, build, web3, deploy, suite, other_principal):
    agent, creation = prepare_agent()
    other = deploy("PrincipalPaymaster", suite.factory.address, other_principal.address)
    expected = {"wallet": creation.wallet, "principal": agent.principal.address, "expected": other_principal.address}
    with refuses(errors.OtherPrincipal, **expected):
        build(agent, creation, paymaster=PrincipalPaymaster(web3, other.address))


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        ("revoke", errors.AgentIsRevoked),
        ("pause", errors.AgentIsPaused),
        ("pause_all", errors.PrincipalIsPaused),
    ],
)
def test_agent_that_was_stopped_before_its_creation_cannot_act(
    stop, expected, prepared, build, bundler, suite, usdc, payee, relayer
):
    """Stops concern the agent: the principal creates it, and withdraws."""
    agent, creation = prepared
    usdc.send(relayer, "mint", creation.wallet, 10 * 10**6)
    if stop == "pause_all":
        suite.switch.pause_all(agent.principal)
    else:
        getattr(suite.switch, stop)(agent.principal, creation.wallet, unchecked=True)
    bundler.wait(bundler.send(build(agent, creation)))
    assert not suite.factory.check_wallet(creation.wallet).active
    with refuses(expected):
        agent.wallet.pay(agent.agent, usdc.address, payee.address, 1)
    agent.wallet.withdraw_all(agent.principal, usdc.address, relayer.address)
    assert usdc.balance(relayer.address) == 10


def test_revoke_all_before_inclusion_creates_no_agent(prepared, build, bundler, suite, send_bundle, usdc, relayer):
    """The signed operation still creates the wallet, whose principal can withdraw. The agent has no mandate."""
    agent, creation = prepared
    operation = build(agent, creation)
    suite.switch.revoke_all(agent.principal, agent.principal.address)
    bundle = send_bundle(operation)
    assert bundle.succeeded == [False]
    assert suite.factory.is_wallet(creation.wallet)
    assert not suite.factory.check_wallet(creation.wallet).active
    with refuses(errors.NoMandate):
        agent.wallet.pay(agent.agent, usdc.address, relayer.address, 1)


# Created


def test_first_operation_creates_wallet_and_agent(prepared, build, bundler, suite, entry_point, ether):
    """I30. The ether that was sent to the address before pays for it."""
    agent, creation = prepared
    done = bundler.wait(bundler.send(build(agent, creation)))
    assert done.event("AgentCreated").arguments["wallet"] == creation.wallet
    assert agent.wallet.enforces(agent.mandate)
    assert suite.factory.check_wallet(creation.wallet).active
    assert 10**18 - ether(agent.wallet) == int(done.gas_cost * 10**18)


def test_created_agent_pays_by_its_own_operation(prepared, build, bundler, usdc, payee, relayer):
    agent, creation = prepared
    usdc.send(relayer, "mint", creation.wallet, 10 * 10**6)
    bundler.wait(bundler.send(build(agent, creation)))
    bundler.perform(agent.wallet, agent.agent, Pay(usdc.address, payee.address, 3))
    assert usdc.balance(payee.address) == 3


def test_calls_follow_the_creation(prepared, build, bundler, usdc, relayer, stranger):
    agent, creation = prepared
    usdc.send(relayer, "mint", creation.wallet, 10 * 10**6)
    transfer = WalletCall(usdc.address, data=usdc.call_data("transfer", stranger.address, 4 * 10**6))
    bundler.wait(bundler.send(build(agent, creation, calls=[transfer])))
    assert usdc.balance(stranger.address) == 4
    assert agent.wallet.enforces(agent.mandate)


def test_paymaster_pays_for_the_creation(prepare_agent, build, bundler, paymaster, entry_point, ether):
    """The wallet's address holds nothing."""
    agent, creation = prepare_agent()
    done = bundler.wait(bundler.send(build(agent, creation, paymaster=paymaster)))
    assert agent.wallet.enforces(agent.mandate)
    assert ether(agent.wallet) == 0
    assert entry_point.deposit_of(paymaster.address) == 1 - done.gas_cost


def test_wallet_that_exists_gets_its_agent_by_operation(prepared, build, bundler, suite, stranger):
    """A stranger has created the wallet. The operation has no initCode then."""
    agent, creation = prepared
    suite.factory.create_wallet(stranger, agent.principal.address, agent.agent.address, creation.salt)
    operation = build(agent, creation)
    assert operation.factory == ""
    bundler.wait(bundler.send(operation))
    assert agent.wallet.enforces(agent.mandate)


def test_estimate_is_enough_and_not_twice_too_much(prepared, build, bundler):
    agent, creation = prepared
    operation = build(agent, creation)
    done = bundler.wait(bundler.send(operation))
    limits = operation.call_gas_limit + operation.verification_gas_limit + operation.pre_verification_gas
    assert limits / 2 < done.gas_used <= limits


def test_agent_can_be_created_long_after_the_wallet(prepared, build, bundler, suite, stranger, time_travel):
    agent, creation = prepared
    suite.factory.create_wallet(stranger, agent.principal.address, agent.agent.address, creation.salt)
    time_travel(int(timedelta(minutes=30).total_seconds()))
    bundler.wait(bundler.send(build(agent, creation)))
    assert agent.wallet.enforces(agent.mandate)
