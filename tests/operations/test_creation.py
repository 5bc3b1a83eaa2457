"""Creation of a wallet by its first operation: its initCode calls `createAgent` of the factory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import UserOperation, errors
from verification.testing.refusals import refuses
from verification.testing.user_operations import GWEI, at_fee, priced


@pytest.fixture
def funded(prepare_agent, fund, usdc, relayer):
    """An agent whose wallet address holds money before the wallet exists."""
    agent, creation = prepare_agent()
    fund(creation.wallet, 1)
    usdc.send(relayer, "mint", creation.wallet, 100 * 10**6)
    return agent, creation


def test_refuses_a_creation_above_the_gas_terms(funded, sign_creation, send_bundle, web3, ether):
    """The gas of the creation is part of the verification gas limit, so the gas terms count it."""
    agent, creation = funded
    bundle = send_bundle(sign_creation(agent, creation, **at_fee(10 * GWEI)))
    assert (bundle.included, bundle.collected) == (False, 0)
    assert web3.eth.get_code(creation.wallet) == b""
    assert ether(agent.wallet) == 10**18


def test_refuses_a_second_creation(funded, sign_creation, send_bundle, suite, stranger, version, ether):
    agent, creation = funded
    assert send_bundle(sign_creation(agent, creation)).succeeded == [True]
    before = ether(agent.wallet)
    with refuses(errors.AlreadyInitialized, principal=agent.principal.address):
        suite.factory.create_agent(stranger, creation)
    second = sign_creation(agent, creation, nonce=(int.from_bytes(agent.mandate.hash()[:16]) << 128) + 1)
    bundle = send_bundle(second)
    # v0.9 ignores the factory if the wallet exists.
    assert bundle.included is (version == "0.9")
    assert bundle.named("AgentCreated") == []
    assert before - ether(agent.wallet) == bundle.collected


def test_refuses_a_creation_with_a_changed_mandate(
    funded, sign_creation, send_bundle, new_mandate, stranger, web3, bundler, payee
):
    """The address depends on principal and agent key, and the principal's signature covers the mandate."""
    agent, creation = funded
    wider = replace(creation, mandate=replace(creation.mandate, valid_until=creation.mandate.valid_until + 1))
    other_key = replace(creation, mandate=replace(creation.mandate, agent_key=stranger.address))
    operation = sign_creation(agent, creation)
    for forged in (wider, other_key):
        other = sign_creation(agent, forged)
        with refuses(errors.FailedOp):
            bundler.send(bundler.sign(replace(operation, factory_data=other.factory_data), agent.agent))
    assert web3.eth.get_code(creation.wallet) == b""


def test_refuses_the_first_operation_of_a_revoked_agent(
    funded, sign_creation, send_bundle, suite, principal, usdc, payee, ether, web3
):
    """The principal revokes an agent before its creation. The signed operation costs nothing."""
    agent, creation = funded
    operation = sign_creation(agent, creation)
    suite.switch.revoke(principal, creation.wallet, unchecked=True)
    bundle = send_bundle(operation)
    assert (bundle.included, bundle.collected) == (False, 0)
    assert ether(agent.wallet) == 10**18
    assert usdc.balance(payee.address) == 0


def test_wallet_keeps_what_was_sent_before_its_creation(web3, funded, suite, relayer, usdc, stranger):
    agent, creation = funded
    assert web3.eth.get_code(creation.wallet) == b""
    assert suite.factory.is_wallet(creation.wallet) is False
    created = suite.factory.create_agent(relayer, creation)
    assert created.wallet == creation.wallet
    assert web3.eth.get_balance(creation.wallet) == 10**18
    assert usdc.balance(creation.wallet) == 100
    agent.wallet.withdraw_all(agent.principal, usdc.address, stranger.address)
    assert usdc.balance(stranger.address) == 100


def test_first_operation_creates_the_wallet_and_pays(funded, sign_creation, send_bundle, usdc, payee, ether, suite):
    """The wallet pays for creation, registration, mandate and first payment, within its gas terms."""
    agent, creation = funded
    operation = sign_creation(agent, creation)
    bundle = send_bundle(operation)
    assert bundle.succeeded == [True]
    assert len(bundle.named("AgentCreated")) == 1
    assert suite.factory.is_wallet(creation.wallet)
    assert agent.wallet.enforces(agent.mandate)
    assert suite.registry.read("checkWallet", creation.wallet)[1] == agent.principal.address
    assert usdc.balance(payee.address) == 1
    assert 10**18 - ether(agent.wallet) == bundle.collected <= operation.max_cost


def test_earlier_deposit_pays_for_the_creation(
    prepare_agent, sign_creation, send_bundle, usdc, payee, relayer, entry_point
):
    agent, creation = prepare_agent()
    entry_point.deposit_to(relayer, creation.wallet, 1)
    usdc.send(relayer, "mint", creation.wallet, 10**6)
    bundle = send_bundle(sign_creation(agent, creation))
    assert bundle.succeeded == [True]
    assert usdc.balance(payee.address) == 1


def test_first_operation_of_the_principal_creates_the_wallet(
    prepare_agent, sign_creation, send_bundle, bundler, fund, usdc, relayer, stranger
):
    agent, creation = prepare_agent()
    fund(creation.wallet, 1)
    usdc.send(relayer, "mint", creation.wallet, 10**6)
    of_agent = sign_creation(agent, creation)
    data = agent.wallet.call_data("withdrawAll", usdc.address, stranger.address)
    operation = UserOperation(
        sender=creation.wallet,
        nonce=0,
        call_data=bytes.fromhex(data.removeprefix("0x")),
        factory=of_agent.factory,
        factory_data=of_agent.factory_data,
    )
    operation = replace(priced(operation), verification_gas_limit=2_500_000)
    assert send_bundle(bundler.sign(operation, agent.principal)).succeeded == [True]
    assert usdc.balance(stranger.address) == 1


@pytest.fixture
def sign_withdrawal(bundler, suite, usdc):
    """Signs an operation in which the principal creates its wallet, without an agent, and withdraws to itself."""

    def sign(agent, creation, by=None):
        withdraw = agent.wallet.call_data("withdrawAll", usdc.address, agent.principal.address)
        arguments = agent.principal.address, agent.agent.address, creation.salt
        operation = UserOperation(
            sender=creation.wallet,
            nonce=0,
            call_data=bytes.fromhex(withdraw.removeprefix("0x")),
            factory=suite.factory.address,
            factory_data=bytes.fromhex(suite.factory.call_data("createWallet", *arguments).removeprefix("0x")),
        )
        return bundler.sign(priced(operation), by or agent.principal)

    return sign


@pytest.mark.parametrize("by", ["agent", "stranger"])
def test_refuses_a_withdrawal_from_a_newborn_wallet_signed_by_another(
    by, funded, sign_withdrawal, send_bundle, usdc, web3, request
):
    """I30. The agent key has no power before the first mandate."""
    agent, creation = funded
    signer = agent.agent if by == "agent" else request.getfixturevalue(by)
    bundle = send_bundle(sign_withdrawal(agent, creation, by=signer))
    assert (bundle.included, bundle.collected) == (False, 0)
    assert usdc.balance(creation.wallet) == 100


def test_principal_creates_the_wallet_and_withdraws_without_the_agent_key(
    funded, sign_withdrawal, send_bundle, usdc, principal
):
    """I30. With the usual gas limits, paid from the money that was sent before."""
    agent, creation = funded
    bundle = send_bundle(sign_withdrawal(agent, creation))
    assert bundle.succeeded == [True]
    assert len(bundle.named("WalletCreated")) == 1
    assert usdc.balance(principal.address) == 100


def test_agent_operation_before_the_first_mandate_is_refused(funded, suite, stranger, sign_payment, validate):
    """There is no mandate by which it could be validated."""
    agent, creation = funded
    suite.factory.create_wallet(stranger, agent.principal.address, agent.agent.address, creation.salt)
    with refuses(errors.NoMandate):
        validate(sign_payment(agent, nonce=1 << 128))


def test_front_run_creation_leaves_the_operation_usable(
    funded, sign_creation, send_bundle, suite, stranger, usdc, payee, version, bundler, ether
):
    """A stranger creates the same wallet first. v0.9 ignores the factory; v0.8 needs an operation without it."""
    agent, creation = funded
    operation = sign_creation(agent, creation)
    existing = suite.factory.create_agent(stranger, creation)
    assert existing.wallet == creation.wallet
    assert agent.wallet.enforces(agent.mandate)
    bundle = send_bundle(operation)
    if version == "0.8":
        assert (bundle.included, bundle.collected) == (False, 0)
        with refuses(errors.FailedOp, reason="AA10 sender already constructed"):
            bundler.send(operation)
        bundle = send_bundle(bundler.sign(replace(operation, factory="", factory_data=b""), agent.agent))
    assert bundle.succeeded == [True]
    assert usdc.balance(payee.address) == 1
    assert 10**18 - ether(agent.wallet) == bundle.collected
