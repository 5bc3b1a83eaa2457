"""Operations through a bundler that others run too, `@pimlico/alto`: from Python, and from viem."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from peculium import Call, ChainUnavailable, GasTerms, Payment, PrincipalPaymaster, RPCBundler
from peculium import exceptions as errors
from peculium.deployment import deploy_paymaster
from peculium.devnet.artifacts import artifact
from verification.bundler.alto import FOLDER, node
from verification.expectations import refuses

SCRIPT = Path(__file__).parent / "operations.cjs"


def ether(world, entry_point, wallet):
    """All that a wallet has of it, deposit included (wei)."""
    return world.web3.eth.get_balance(wallet.address) + int(entry_point.deposit_of(wallet.address) * 10**18)


# What is refused


def test_a_payment_over_the_limit_is_refused_before_it_is_sent(bundler, make_agent, dollar):
    agent, payee = make_agent()
    with refuses(errors.PaymentLimitExceeded, charge=100_000_001, limit=100_000_000):
        bundler.perform(agent.wallet, agent.agent, "pay", dollar.address, payee.address, Decimal("100.000001"))


def test_a_payment_over_the_limit_that_is_sent_all_the_same_moves_nothing(bundler, make_agent, dollar):
    """The bundler takes what validates; the limit is looked at when it is carried out."""
    agent, payee = make_agent()
    within = bundler.agent_operation(agent.wallet, agent.agent, "pay", dollar.address, payee.address, 100)
    over = agent.wallet.action("pay", dollar.address, payee.address, 101)
    forced = bundler.sign(replace(within, call_data=within.call_data[:8] + over), agent.agent)
    with refuses(errors.PaymentLimitExceeded, charge=101_000_000, limit=100_000_000):
        bundler.wait(bundler.send(forced))
    assert dollar.balance(payee.address) == 0


@pytest.mark.parametrize("stop", ["revoke", "pause"])
def test_a_stopped_agents_operation_is_refused_and_nothing_is_burnt(
    stop, world, bundler, make_agent, dollar, entry_point
):
    """I14. To the wei: neither the wallet nor its deposit have lost anything."""
    agent, payee = make_agent()
    signed = bundler.agent_operation(agent.wallet, agent.agent, "pay", dollar.address, payee.address, 1)
    getattr(world.suite.switch, stop)(agent.principal, agent.wallet.address)
    before = ether(world, entry_point, agent.wallet)
    expected = {"principal": agent.principal.address, "wallet": agent.wallet.address}
    with refuses(errors.AgentStopped, **expected):
        bundler.send(signed)
    with refuses(errors.AgentStopped, **expected):
        bundler.perform(agent.wallet, agent.agent, "pay", dollar.address, payee.address, 1)
    assert ether(world, entry_point, agent.wallet) == before
    assert dollar.balance(payee.address) == 0


def test_after_revoke_all_and_sync_nothing_is_taken_and_nothing_is_burnt(
    world, bundler, make_agent, dollar, entry_point
):
    agent, payee = make_agent()
    signed = bundler.agent_operation(agent.wallet, agent.agent, "pay", dollar.address, payee.address, 1)
    world.suite.switch.revoke_all(agent.principal, agent.principal.address)
    world.suite.switch.sync(agent.principal, agent.wallet.address)
    before = ether(world, entry_point, agent.wallet)
    with refuses(errors.AgentStopped, principal=agent.principal.address, wallet=agent.wallet.address):
        bundler.send(signed)
    assert ether(world, entry_point, agent.wallet) == before


def test_the_same_operation_twice_is_refused(bundler, make_agent, dollar):
    agent, payee = make_agent()
    operation = bundler.agent_operation(agent.wallet, agent.agent, "pay", dollar.address, payee.address, 1)
    bundler.wait(bundler.send(operation))
    with pytest.raises(errors.FailedOp, match="AA25"):
        bundler.send(operation)
    assert dollar.balance(payee.address) == 1


def test_another_agents_signature_is_refused(bundler, make_agent, dollar):
    (agent, payee), (other, _) = make_agent(), make_agent()
    operation = bundler.agent_operation(agent.wallet, agent.agent, "pay", dollar.address, payee.address, 1)
    with pytest.raises(errors.FailedOp, match=r"AA24.*isn't that of the agent key"):
        bundler.send(bundler.sign(operation, other.agent))


def test_an_agent_whose_wallet_pays_no_gas_is_refused(bundler, make_agent, dollar):
    agent, payee = make_agent(gas_terms=GasTerms())
    with pytest.raises(errors.OperationCostExceeded) as refused:
        bundler.send(bundler.agent_operation(agent.wallet, agent.agent, "pay", dollar.address, payee.address, 1))
    assert refused.value.arguments["limit"] == 0


def test_a_bundler_that_is_not_there_is_named(world):
    with pytest.raises(ChainUnavailable, match=r"127\.0\.0\.1:1.*Is the bundler running"):
        RPCBundler(world.web3, "http://127.0.0.1:1")


# What works


def test_a_payment_is_made(world, bundler, make_agent, dollar, entry_point):
    agent, payee = make_agent()
    before = ether(world, entry_point, agent.wallet)
    done = bundler.perform(agent.wallet, agent.agent, "pay", dollar.address, payee.address, Decimal("2.50"), "INV-1")
    assert done.event("PaymentMade").arguments["amount"] == 2_500_000
    assert dollar.balance(payee.address) == Decimal("2.5")
    assert before - ether(world, entry_point, agent.wallet) == int(done.gas_cost * 10**18)


def test_a_batch_is_paid(bundler, make_agent, dollar):
    agent, payee = make_agent()
    payments = [Payment(dollar.address, payee.address, amount) for amount in (1, 2, 3)]
    done = bundler.perform(agent.wallet, agent.agent, "pay_batch", payments)
    assert [event.arguments["amount"] for event in done.events if event.name == "PaymentMade"] == [
        10**6,
        2 * 10**6,
        3 * 10**6,
    ]


def test_lanes_do_not_wait_for_one_another(bundler, make_agent, dollar):
    """Three nonce keys, sent in reverse, all under way at once."""
    agent, payee = make_agent()
    operations = [
        bundler.agent_operation(agent.wallet, agent.agent, "pay", dollar.address, payee.address, 1, subkey=subkey)
        for subkey in (2, 1, 0)
    ]
    sent = [bundler.send(operation) for operation in operations]
    for each in sent:
        bundler.wait(each)
    assert dollar.balance(payee.address) == 3


def test_the_principal_acts_through_it_too(world, bundler, make_agent, dollar):
    agent, _ = make_agent()
    home = world.role("home").address
    data = bytes.fromhex(dollar.call_data("transfer", home, 400 * 10**6)[2:])
    operation = bundler.principal_operation(agent.wallet, agent.principal, [Call(dollar.address, data=data)])
    bundler.wait(bundler.send(operation))
    assert dollar.balance(home) == 400


def test_the_principals_paymaster_pays(world, bundler, make_agent, dollar, entry_point, terms):
    """The agent's wallet pays nothing, by its mandate; its principal's deposit does."""
    agent, payee = make_agent(gas_terms=GasTerms())
    made = deploy_paymaster(
        world.web3,
        agent.principal,
        artifact("PrincipalPaymaster"),
        world.suite.factory.address,
        agent.principal.address,
    )
    paymaster = PrincipalPaymaster(world.web3, made.address)
    paymaster.deposit(agent.principal, 1)
    paymaster.add_stake(agent.principal, 1, timedelta(days=1))
    paymaster.set_gas_terms(agent.principal, agent.wallet.address, terms)
    before = ether(world, entry_point, agent.wallet)
    arguments = (agent.wallet, agent.agent, "pay", dollar.address, payee.address, 1)
    done = bundler.perform(*arguments, paymaster=paymaster)
    assert ether(world, entry_point, agent.wallet) == before
    assert entry_point.deposit_of(paymaster.address) == 1 - done.gas_cost
    world.suite.switch.revoke_all(agent.principal, agent.principal.address)
    with refuses(errors.AgentStopped, principal=agent.principal.address, wallet=agent.wallet.address):
        bundler.perform(*arguments, paymaster=paymaster)
    assert entry_point.deposit_of(paymaster.address) == 1 - done.gas_cost


def test_viem_pays_by_the_agents_key_and_moves_money_by_the_principals(world, url, bundler, make_agent, dollar):
    """Nothing of ours is in the script but the layout of the nonce key and of the agent's calldata."""
    agent, payee = make_agent()
    home = world.role("viem's home").address
    asked = {
        "modules": str(FOLDER / "package.json"),
        "node": world.web3.provider.endpoint_uri,
        "bundler": url,
        "wallet": agent.wallet.address,
        "agentKey": agent.agent.key.to_0x_hex(),
        "principalKey": agent.principal.key.to_0x_hex(),
        "token": dollar.address,
        "payee": payee.address,
        "home": home,
    }
    ran = subprocess.run([node(), SCRIPT], input=json.dumps(asked), capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr[-3000:]
    said = json.loads(ran.stdout)
    assert said["paid"]
    assert said["moved"]
    assert "AA23" in said["refused"]
    assert dollar.balance(payee.address) == 3
    assert dollar.balance(home) == 7
