"""Block headers with more than 32 bytes of extra data, as BNB Smart Chain and clique networks have them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from peculium import Pay, Suite
from peculium.deployments.deploy import deploy_suite
from peculium.devnet.artifacts import suite_artifacts


@pytest.fixture
def suite_behind(proxy, devnet, tmp_path):
    """The suite on a node with such headers."""

    def hook(method, parameters, forward):
        answer = forward()
        if method.startswith("eth_getBlockBy") and answer.get("result"):
            answer["result"]["extraData"] = "0x" + "11" * 97
        return answer

    proxy.hook = hook
    suite = devnet.suite
    named = {
        "AgentRegistry": suite.registry,
        "AgentWalletFactory": suite.factory,
        "CredentialRegistry": suite.credentials,
    }
    manifest = tmp_path / "manifest.json"
    contracts = {name: {"address": contract.address.lower()} for name, contract in named.items()}
    manifest.write_text(json.dumps({"chain_id": 31337, "contracts": contracts}))
    return Suite.connect(proxy.url, manifest)


def test_pays(suite_behind, made, devnet, received):
    suite_behind.wallet(made.wallet.address).pay(made.agent, devnet.usdc.address, made.payee, 1)
    assert received() == 1


def test_revokes(suite_behind, made):
    suite_behind.switch.revoke_all(made.principal)
    assert suite_behind.switch.epoch_of(made.principal.address) == 1


def test_deploys(suite_behind, devnet):
    other_entry_point = devnet.usdc.address
    deployed = deploy_suite(suite_behind.web3, devnet.role("deployer"), suite_artifacts(), other_entry_point)
    assert not all(each.found for each in deployed.contracts)


def test_performs_an_operation(suite_behind, made, devnet, connect, received):
    wallet = suite_behind.wallet(made.wallet.address)
    connect().bundler.perform(wallet, made.agent, Pay(devnet.usdc.address, made.payee, 1))
    assert received() == 1


def test_reads_the_time_of_the_latest_block(suite_behind, devnet, made):
    wallet = suite_behind.wallet(made.wallet.address)
    assert datetime.fromtimestamp(wallet.node.timestamp(), UTC) == datetime.fromtimestamp(devnet.now(), UTC)
