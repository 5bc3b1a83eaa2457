"""A deployment that is killed at any transaction, or whose node is flaky, is repeated and pays nothing twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
from itertools import count

import pytest
from web3 import Web3

from peculium.chain.transactions import configure_sending
from peculium.deployments.deploy import deploy
from peculium.deployments.verify import verify_suite
from peculium.devnet.anvil import rpc
from peculium.errors import NotIncluded
from verification.sending.proxy import Proxy
from verification.testing.deploying import CREATIONS, deploy_with_journal
from verification.testing.providers import SEND, Flaky, Killed, Mining


def run_until_done(web3, signer, journal, before):
    """Runs that are killed at their first transaction, until one sends none. Returns how many were killed."""
    for killed in count():
        try:
            deploy(Web3(Killed(web3.provider, before=before(killed))), signer, journal=journal)
        except SystemExit:
            continue
        return killed


def test_killed_after_each_transaction_it_pays_each_once(web3, deployer, sent):
    assert run_until_done(web3, deployer, None, lambda run: False) == CREATIONS
    assert sent() == CREATIONS
    assert verify_suite(web3).same


def test_killed_before_and_after_each_transaction_it_sends_the_same_again(web3, deployer, journal, sent):
    """Every other run is killed between the journal and the node; the next one hands in what the journal has."""
    assert run_until_done(web3, deployer, journal, lambda run: run % 2 == 0) == 2 * CREATIONS
    assert sent() == CREATIONS
    assert verify_suite(web3).same


def test_what_was_written_down_is_sent_unchanged_though_fees_have_changed(web3, deployer, journal):
    runs = [Killed(web3.provider, before=True), Killed(web3.provider, before=False)]
    for run in runs:
        with pytest.raises(SystemExit):
            deploy(Web3(run), deployer, journal=journal)
        # Each empty block lowers the base fee.
        rpc(web3, "evm_mine")
    assert runs[0].signed == runs[1].signed


@pytest.mark.parametrize("with_journal", [True, False])
def test_a_pending_transaction_of_the_killed_run_is_waited_for(web3, deployer, journal, sent, at_once, with_journal):
    kept = journal if with_journal else None
    rpc(web3, "evm_setAutomine", False)
    try:
        with pytest.raises(SystemExit):
            deploy(Web3(Killed(web3.provider, before=False)), deployer, journal=kept)
        assert sent() == 0
        deployment = deploy(Web3(Mining(web3.provider)), deployer, journal=kept)
    finally:
        # Otherwise a block of the next test would include what is left.
        rpc(web3, "anvil_dropAllTransactions")
        rpc(web3, "evm_setAutomine", True)
    assert deployment.contracts[0].found
    assert sent() == CREATIONS


def test_refuses_to_send_while_an_earlier_transaction_stays_pending(web3, deployer, payee, sent, at_once):
    connected = Web3(Killed(web3.provider, before=False))
    configure_sending(connected, timeout=0.2)
    rpc(web3, "evm_setAutomine", False)
    try:
        fields = {"to": payee.address, "value": 1, "gas": 21_000, "gasPrice": 10**11, "chainId": 31337}
        nonce = web3.eth.get_transaction_count(deployer.address)
        web3.eth.send_raw_transaction(deployer.sign_transaction({**fields, "nonce": nonce}).raw_transaction)
        with pytest.raises(NotIncluded, match="has sent 1 transactions that no block includes"):
            deploy(connected, deployer)
        assert web3.eth.get_transaction_count(deployer.address, "pending") == nonce + 1
    finally:
        rpc(web3, "evm_mine")
        rpc(web3, "evm_setAutomine", True)


def test_a_node_that_loses_requests_and_answers_is_survived(web3, deployer, sent, at_once):
    connected = Web3(Flaky(web3.provider))
    deploy(connected, deployer)
    assert sent() == CREATIONS
    assert verify_suite(web3).same


@pytest.mark.slow
def test_a_process_killed_by_the_system_at_each_transaction_pays_each_once(web3, node_url, deployer, tmp_path, sent):
    children = []

    def kill(method, parameters, forward):
        answer = forward()
        if method == SEND:
            os.kill(children[-1].pid, signal.SIGKILL)
        return answer

    with Proxy(node_url) as proxy:
        proxy.hook = kill
        arguments = (proxy.url, "0x" + bytes(deployer.key).hex(), str(tmp_path / "journal.db"))
        for _ in range(CREATIONS + 1):
            children.append(multiprocessing.get_context("spawn").Process(target=deploy_with_journal, args=arguments))
            children[-1].start()
            children[-1].join(60)
    assert [each.exitcode for each in children] == [-signal.SIGKILL] * CREATIONS + [0]
    assert sent() == CREATIONS
    assert verify_suite(web3).same
