"""User operations through alto, a third-party bundler, sent by this package and by viem."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import requests
from hexbytes import HexBytes

from peculium import (
    AgentWallet,
    ChainUnavailable,
    GasTerms,
    Pay,
    PayBatch,
    RPCBundler,
    UserOperation,
    WalletCall,
    errors,
)
from peculium.operations import least_call_gas, with_gas
from verification.bundler.viem import run_viem_client
from verification.testing.refusals import refuses

pytestmark = pytest.mark.slow
"""`make bundler` installs the bundler separately."""


def ether(devnet, entry_point, wallet):
    """The ether of a wallet and its deposit at the EntryPoint (wei)."""
    return devnet.web3.eth.get_balance(wallet.address) + int(entry_point.deposit_of(wallet.address) * 10**18)


# Refusals


def test_refuses_a_payment_above_the_limit_before_sending_it(bundler, make_agent, dollar):
    agent, payee = make_agent()
    with refuses(errors.PaymentLimitExceeded, charge=100_000_001, limit=100_000_000):
        bundler.perform(agent.wallet, agent.agent, Pay(dollar.address, payee.address, Decimal("100.000001")))


def test_refuses_a_payment_above_the_limit_in_execution(bundler, make_agent, dollar):
    """Validation does not check the limit; execution does."""
    agent, payee = make_agent()
    within = bundler.agent_operation(agent.wallet, agent.agent, Pay(dollar.address, payee.address, 100))
    over = agent.wallet.action(Pay(dollar.address, payee.address, 101))
    forced = bundler.sign(replace(within, call_data=within.call_data[:8] + over), agent.agent)
    with refuses(errors.PaymentLimitExceeded, charge=101_000_000, limit=100_000_000):
        bundler.wait(bundler.send(forced))
    assert dollar.balance(payee.address) == 0


@pytest.mark.parametrize("stop", ["revoke", "pause"])
def test_refuses_the_operation_of_a_stopped_agent_without_gas_cost(
    stop, devnet, bundler, make_agent, dollar, entry_point
):
    """I8, I25. The ether of wallet and deposit stays the same to the wei."""
    agent, payee = make_agent()
    signed = bundler.agent_operation(agent.wallet, agent.agent, Pay(dollar.address, payee.address, 1))
    getattr(devnet.suite.switch, stop)(agent.principal, agent.wallet.address)
    before = ether(devnet, entry_point, agent.wallet)
    expected = {"principal": agent.principal.address, "wallet": agent.wallet.address}
    with refuses(errors.AgentStopped, **expected):
        bundler.send(signed)
    with refuses(errors.AgentStopped, **expected):
        bundler.perform(agent.wallet, agent.agent, Pay(dollar.address, payee.address, 1))
    assert ether(devnet, entry_point, agent.wallet) == before
    assert dollar.balance(payee.address) == 0


def test_refuses_an_operation_after_revoke_all_and_sync_without_gas_cost(
    devnet, bundler, make_agent, dollar, entry_point
):
    agent, payee = make_agent()
    signed = bundler.agent_operation(agent.wallet, agent.agent, Pay(dollar.address, payee.address, 1))
    devnet.suite.switch.revoke_all(agent.principal, agent.principal.address)
    devnet.suite.switch.sync(agent.principal, agent.wallet.address)
    before = ether(devnet, entry_point, agent.wallet)
    with refuses(errors.AgentStopped, principal=agent.principal.address, wallet=agent.wallet.address):
        bundler.send(signed)
    assert ether(devnet, entry_point, agent.wallet) == before


def test_performs_the_same_operation_once_however_often_it_is_sent(bundler, make_agent, dollar):
    agent, payee = make_agent()
    operation = bundler.agent_operation(agent.wallet, agent.agent, Pay(dollar.address, payee.address, 1))
    first = bundler.wait(bundler.send(operation))
    assert bundler.wait(bundler.send(operation)) == first
    assert dollar.balance(payee.address) == 1


def test_refuses_the_signature_of_another_agent(bundler, make_agent, dollar):
    (agent, payee), (other, _) = make_agent(), make_agent()
    operation = bundler.agent_operation(agent.wallet, agent.agent, Pay(dollar.address, payee.address, 1))
    with pytest.raises(errors.FailedOp, match=r"AA24.*isn't that of the agent key"):
        bundler.send(bundler.sign(operation, other.agent))


def test_refuses_an_operation_that_the_wallet_may_not_pay_gas_for(bundler, make_agent, dollar):
    agent, payee = make_agent(gas_terms=GasTerms())
    with pytest.raises(errors.OperationCostExceeded) as refused:
        bundler.send(bundler.agent_operation(agent.wallet, agent.agent, Pay(dollar.address, payee.address, 1)))
    assert refused.value.arguments["limit"] == 0


def test_estimates_less_than_the_minimum_for_an_agent_of_a_principal_that_stopped_all(
    devnet, url, bundler, make_agent, dollar
):
    """The estimate only copies the stop. The package raises it to the minimum; other clients must do the same."""
    agent, payee = make_agent()
    paying = bundler.agent_operation(agent.wallet, agent.agent, Pay(dollar.address, payee.address, 1))
    devnet.suite.switch.pause_all(agent.principal)
    request = {"method": "eth_estimateUserOperationGas", "params": [paying.as_rpc(), bundler.entry_point.address]}
    answer = requests.post(url, json={"jsonrpc": "2.0", "id": 1, **request}, timeout=10).json()
    estimated, least = int(answer["result"]["callGasLimit"], 16), least_call_gas(paying)
    assert estimated < least <= bundler.estimate(paying).call_gas_limit
    with refuses(errors.CallGasTooLow, call_gas_limit=estimated, minimum=least):
        bundler.send(bundler.sign(replace(paying, call_gas_limit=estimated), agent.agent))


def test_refuses_to_create_an_agent_in_the_initcode(devnet, bundler, prepare_agent, terms):
    """ERC-7562: a factory without a stake may not read the clock (OP-011). The principal's first operation can."""
    agent, creation, _ = prepare_agent()
    devnet.set_balance(creation.wallet, 10**18)
    factory = devnet.suite.factory
    operation = UserOperation(
        sender=creation.wallet,
        nonce=0,
        call_data=bytes(HexBytes(agent.wallet.call_data("executeBatch", []))),
        max_fee_per_gas=2 * 10**9,
        max_priority_fee_per_gas=10**9,
        factory=factory.address,
        factory_data=factory.agent_creation_data(creation),
    )
    limited = with_gas(operation, verification=1_500_000, call=100_000, pre_verification=150_000, paymaster=0)
    with pytest.raises(errors.BundlerError, match="factory uses banned opcode: TIMESTAMP"):
        bundler.send(bundler.sign(limited, agent.principal))


def test_refuses_a_paymaster_without_stake_that_pays_for_the_creation(devnet, bundler, prepare_agent, make_paymaster):
    """The paymaster reads the principal's epoch in the switch, because the wallet has no mandate yet (STO-033)."""
    agent, creation, _ = prepare_agent()
    paymaster = make_paymaster(agent.principal, staked=False)
    operation = bundler.creation_operation(devnet.suite.factory, creation, agent.principal, paymaster=paymaster)
    with pytest.raises(errors.BundlerError, match=f"unstaked paymaster accessed {devnet.suite.switch.address.lower()}"):
        bundler.send(operation)


@pytest.mark.parametrize("by", ["agent", "stranger"])
def test_refuses_a_creation_that_another_signed(by, devnet, bundler, prepare_agent):
    agent, creation, _ = prepare_agent()
    devnet.set_balance(creation.wallet, 10**18)
    operation = bundler.creation_operation(devnet.suite.factory, creation, agent.principal)
    signer = agent.agent if by == "agent" else devnet.role("stranger")
    with pytest.raises(errors.FailedOp, match="AA24"):
        bundler.send(bundler.sign(operation, signer))


def test_refuses_to_create_an_agent_twice(devnet, bundler, make_agent, prepare_agent):
    agent, creation, _ = prepare_agent()
    devnet.set_balance(creation.wallet, 10**18)
    operation = bundler.creation_operation(devnet.suite.factory, creation, agent.principal)
    bundler.wait(bundler.send(operation))
    with refuses(errors.AlreadyInitialized, principal=agent.principal.address):
        bundler.creation_operation(devnet.suite.factory, creation, agent.principal)
    again = bundler.sign(replace(operation, nonce=operation.nonce + 1), agent.principal)
    with pytest.raises(errors.FailedOp, match="AA10"):
        bundler.send(again)


def test_error_names_the_url_of_an_unreachable_bundler(devnet):
    with pytest.raises(ChainUnavailable, match=r"127\.0\.0\.1:1.*Is the bundler running"):
        RPCBundler(devnet.web3, "http://127.0.0.1:1")


# Successes


def test_pays_and_charges_the_wallet_for_gas(devnet, bundler, make_agent, dollar, entry_point):
    agent, payee = make_agent()
    before = ether(devnet, entry_point, agent.wallet)
    done = bundler.perform(agent.wallet, agent.agent, Pay(dollar.address, payee.address, Decimal("2.50"), "INV-1"))
    assert done.event("PaymentMade").arguments["amount"] == 2_500_000
    assert dollar.balance(payee.address) == Decimal("2.5")
    assert before - ether(devnet, entry_point, agent.wallet) == int(done.gas_cost * 10**18)


def test_pays_a_batch(bundler, make_agent, dollar):
    agent, payee = make_agent()
    payments = [Pay(dollar.address, payee.address, amount) for amount in (1, 2, 3)]
    done = bundler.perform(agent.wallet, agent.agent, PayBatch(payments))
    assert [event.arguments["amount"] for event in done.events if event.name == "PaymentMade"] == [
        10**6,
        2 * 10**6,
        3 * 10**6,
    ]


def test_operations_with_different_nonce_keys_do_not_wait_for_each_other(bundler, make_agent, dollar):
    """Three nonce keys, sent in reverse order, all pending at once."""
    agent, payee = make_agent()
    operations = [
        bundler.agent_operation(agent.wallet, agent.agent, Pay(dollar.address, payee.address, 1), subkey=subkey)
        for subkey in (2, 1, 0)
    ]
    sent = [bundler.send(operation) for operation in operations]
    for each in sent:
        bundler.wait(each)
    assert dollar.balance(payee.address) == 3


def test_principal_executes_a_transfer(devnet, bundler, make_agent, dollar):
    agent, _ = make_agent()
    recipient = devnet.role("recipient").address
    data = bytes.fromhex(dollar.call_data("transfer", recipient, 400 * 10**6)[2:])
    operation = bundler.principal_operation(agent.wallet, agent.principal, [WalletCall(dollar.address, data=data)])
    bundler.wait(bundler.send(operation))
    assert dollar.balance(recipient) == 400


def test_principal_withdraws_from_a_wallet_that_the_operation_creates(devnet, bundler, dollar):
    """The wallet's ether pays for its creation. The factory has no stake."""
    principal, agent, home = (devnet.role(name) for name in ("lone principal", "its agent", "its home"))
    factory = devnet.suite.factory
    wallet = AgentWallet(devnet.web3, factory.wallet_address(principal.address, agent.address))
    devnet.mint(dollar, wallet.address, 500)
    devnet.set_balance(wallet.address, 10**18)
    transfer = WalletCall(dollar.address, data=dollar.call_data("transfer", home.address, 500 * 10**6))
    creation = factory.creation_data(principal.address, agent.address)
    operation = bundler.principal_operation(
        wallet, principal, [transfer], factory=factory.address, factory_data=creation
    )
    bundler.wait(bundler.send(operation))
    assert dollar.balance(home.address) == 500
    assert factory.is_wallet(wallet.address)


def test_principal_creates_an_agent_by_its_first_operation(devnet, bundler, prepare_agent, dollar, entry_point):
    """I30. The ether that the address holds pays. Neither principal nor agent sends a transaction."""
    agent, creation, payee = prepare_agent()
    devnet.mint(dollar, creation.wallet, 10)
    devnet.set_balance(creation.wallet, 10**18)
    operation = bundler.creation_operation(devnet.suite.factory, creation, agent.principal)
    done = bundler.wait(bundler.send(operation))
    assert done.event("AgentCreated").arguments["wallet"] == creation.wallet
    assert 10**18 - ether(devnet, entry_point, agent.wallet) == int(done.gas_cost * 10**18)
    assert devnet.suite.factory.check_wallet(creation.wallet).active
    bundler.perform(agent.wallet, agent.agent, Pay(dollar.address, payee.address, 1))
    assert dollar.balance(payee.address) == 1


def test_paymaster_of_the_principal_pays_for_the_creation(
    devnet, bundler, prepare_agent, make_paymaster, dollar, terms, entry_point
):
    agent, creation, payee = prepare_agent(gas_terms=GasTerms())
    paymaster = make_paymaster(agent.principal)
    paymaster.set_gas_terms(agent.principal, creation.wallet, terms)
    devnet.mint(dollar, creation.wallet, 10)
    operation = bundler.creation_operation(devnet.suite.factory, creation, agent.principal, paymaster=paymaster)
    created = bundler.wait(bundler.send(operation))
    arguments = (agent.wallet, agent.agent, Pay(dollar.address, payee.address, 1))
    paid = bundler.perform(*arguments, paymaster=paymaster)
    assert ether(devnet, entry_point, agent.wallet) == 0
    assert entry_point.deposit_of(paymaster.address) == 1 - created.gas_cost - paid.gas_cost


def test_paymaster_of_the_principal_pays_for_gas(
    devnet, bundler, make_agent, make_paymaster, dollar, entry_point, terms
):
    """The mandate allows no gas, so the wallet pays nothing; the paymaster's deposit does."""
    agent, payee = make_agent(gas_terms=GasTerms())
    paymaster = make_paymaster(agent.principal)
    paymaster.set_gas_terms(agent.principal, agent.wallet.address, terms)
    before = ether(devnet, entry_point, agent.wallet)
    arguments = (agent.wallet, agent.agent, Pay(dollar.address, payee.address, 1))
    done = bundler.perform(*arguments, paymaster=paymaster)
    assert ether(devnet, entry_point, agent.wallet) == before
    assert entry_point.deposit_of(paymaster.address) == 1 - done.gas_cost
    devnet.suite.switch.revoke_all(agent.principal, agent.principal.address)
    with refuses(errors.AgentStopped, principal=agent.principal.address, wallet=agent.wallet.address):
        bundler.perform(*arguments, paymaster=paymaster)
    assert entry_point.deposit_of(paymaster.address) == 1 - done.gas_cost


def test_viem_pays_with_the_agent_key_withdraws_with_the_principal_key_and_creates_an_agent(
    devnet, url, bundler, make_agent, dollar
):
    """The client knows only the layout of the nonce key and of the agent's calldata."""
    agent, payee = make_agent()
    factory = devnet.suite.factory
    mandate = replace(agent.mandate, agent_key=devnet.role("viem's second agent").address)
    second = devnet.prepare_agent(mandate, 1_000, "https://agents.example/2.json", "I answer for it.")
    devnet.set_balance(second.wallet, 10**18)
    recipient = devnet.role("viem's recipient").address
    answer = run_viem_client(
        {
            "node": devnet.web3.provider.endpoint_uri,
            "bundler": url,
            "wallet": agent.wallet.address,
            "agentKey": agent.agent.key.to_0x_hex(),
            "principalKey": agent.principal.key.to_0x_hex(),
            "token": dollar.address,
            "payee": payee.address,
            "recipient": recipient,
            "factory": factory.address,
            "created": second.wallet,
            "createWallet": "0x" + factory.creation_data(mandate.principal, mandate.agent_key, second.salt).hex(),
            "createAgent": "0x" + factory.agent_creation_data(second).hex(),
        }
    )
    assert answer["paid"]
    assert answer["withdrawn"]
    assert answer["created"]
    assert factory.check_wallet(second.wallet).active
    assert "AA23" in answer["refusal"]
    assert dollar.balance(payee.address) == 3
    assert dollar.balance(recipient) == 7
