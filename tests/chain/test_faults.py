"""Actions through faults of the node: done exactly once or not at all, and the caller knows which."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest
from eth_account import Account
from eth_utils import keccak

from peculium import AgentWallet, Pay, PeculiumError, RevocationSwitch, SelfBundler, configure_sending
from peculium.deployments.deploy import deploy_paymaster
from peculium.devnet.anvil import rpc
from peculium.devnet.artifacts import artifact
from peculium.errors import OutcomeUnknown
from verification.sending.campaign import run_campaign
from verification.sending.faults import FAULTS
from verification.sending.proxy import pass_on

PAYMENTS = 80
"""Of the campaign: a second each. `python -m verification.sending faults` makes as many as you like."""


@pytest.fixture
def client(proxy, devnet):
    """A client that gives up a request after a second, and a transaction after four."""

    def connected(fault):
        web3 = proxy.connect(timeout=1)
        configure_sending(web3, timeout=4, patience=1, replace_after=1.5, confirmations=fault.confirmations)
        proxy.hook = fault.hook(devnet.web3)
        return web3

    return connected


@pytest.fixture
def run(devnet, proxy):
    """Runs an action while blocks come, and returns what the caller knows after it: done or refused."""

    def outcome_of(action):
        ended = threading.Event()

        def mine():
            while not ended.wait(0.5):
                rpc(devnet.web3, "evm_mine")

        miner = threading.Thread(target=mine)
        miner.start()
        try:
            action()
        except OutcomeUnknown as unknown:
            proxy.hook = pass_on
            try:
                unknown.wait(10)
            except OutcomeUnknown:
                raise AssertionError("the outcome stays unknown without any fault") from unknown
            except PeculiumError:
                return "refused"
        except PeculiumError:
            return "refused"
        finally:
            proxy.hook = pass_on
            ended.set()
            miner.join()
        return "done"

    return outcome_of


def actions(devnet, made, web3):
    """Each action, and how often it was done, as the chain says."""
    wallet, switch = AgentWallet(web3, made.wallet.address), RevocationSwitch(web3, devnet.suite.switch.address)
    usdc, fresh = devnet.usdc, Account.from_key(keccak(text="a new principal")).address
    before, factory = usdc.balance(made.payee), devnet.suite.factory.address
    epoch = devnet.suite.switch.epoch_of(made.principal.address)

    def deploy():
        deploy_paymaster(web3, devnet.role("deployer"), artifact("PrincipalPaymaster"), factory, fresh)

    def deployed():
        find = deploy_paymaster(devnet.web3, devnet.role("relayer"), artifact("PrincipalPaymaster"), factory, fresh)
        return int(find.found)

    def perform():
        SelfBundler(web3, devnet.role("relayer")).perform(wallet, made.agent, Pay(usdc.address, made.payee, 1))

    return {
        "pay": SimpleNamespace(
            act=lambda: wallet.pay(made.agent, usdc.address, made.payee, 1),
            count=lambda: usdc.balance(made.payee) - before,
        ),
        "revoke_all": SimpleNamespace(
            act=lambda: switch.revoke_all(made.principal),
            count=lambda: devnet.suite.switch.epoch_of(made.principal.address) - epoch,
        ),
        "deployment": SimpleNamespace(act=deploy, count=deployed),
        "operation": SimpleNamespace(act=perform, count=lambda: usdc.balance(made.payee) - before),
    }


@pytest.mark.parametrize("action", ["pay", "revoke_all", "deployment", "operation"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_is_done_once_or_not_at_all_and_the_caller_knows_which(fault, action, client, run, devnet, made):
    chosen = actions(devnet, made, client(fault))[action]
    outcome = run(chosen.act)
    time.sleep(1.2 * fault.lasts)
    rpc(devnet.web3, "evm_mine")
    assert chosen.count() == (outcome == "done")


@pytest.mark.slow
def test_no_payment_is_made_twice_in_a_campaign_of_random_faults():
    report = run_campaign(PAYMENTS, seed=7)
    assert (report.twice, report.wrong, report.foreign) == ([], [], [])
    assert sum(report.outcomes.values()) == PAYMENTS
