"""A chain whose EVM lacks what the contracts need is refused before anything is sent."""

from __future__ import annotations

import pytest

from peculium import errors
from peculium.chain.node import Node
from peculium.deployments.deploy import deploy_suite
from peculium.deployments.probes import check_instructions
from peculium.devnet.anvil import run_anvil
from peculium.devnet.artifacts import suite_artifacts


@pytest.mark.parametrize(
    ("version", "missing"),
    [("shanghai", "TSTORE, TLOAD, MCOPY"), ("london", "PUSH0, TSTORE, TLOAD, MCOPY")],
)
def test_deployment_refuses_an_older_chain_and_sends_nothing(version, missing, devnet):
    deployer = devnet.role("deployer")
    with run_anvil(1_800_000_000, hardfork=version) as web3:
        web3.provider.make_request("anvil_setBalance", [deployer.address, hex(10**21)])
        with pytest.raises(errors.ChainTooOld, match=f"doesn't run {missing} .*Cancun"):
            deploy_suite(web3, deployer, suite_artifacts())
        assert web3.eth.get_transaction_count(deployer.address) == 0


def test_accepts_a_chain_at_cancun(devnet):
    check_instructions(Node.of(devnet.web3))
