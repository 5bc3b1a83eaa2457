"""The whole life of an agent on chains that pose as the public ones."""

from __future__ import annotations

import pytest

from peculium import PeculiumError
from peculium.deployments import networks
from verification.chains.life import live
from verification.chains.posed import LOG_BLOCKS, OLD, pose

QUICK = ("base-sepolia", "polygon", "arc-testnet")
"""One of each kind: a rollup, headers with much extra data, the native currency as a token."""
REST = [pytest.param(name, marks=pytest.mark.slow) for name in networks() if name not in QUICK]
STEPS = 8


@pytest.mark.parametrize("name", [*QUICK, *REST])
def test_agent_lives_on_the_chain(name):
    with pose(networks()[name]) as posed:
        assert len(live(posed).seconds) == STEPS


@pytest.mark.slow
def test_agent_lives_on_a_chain_without_base_fee():
    with pose(networks()["celo"], manner=OLD) as posed:
        assert len(live(posed).seconds) == STEPS


def test_posed_node_is_as_strict_as_a_public_one():
    """Otherwise the lives would show little."""
    with pose(networks()["polygon"], manner=OLD) as posed:
        node = posed.network.node
        with pytest.raises(PeculiumError, match="max block range"):
            node.request("eth_getLogs", {"fromBlock": "0x0", "toBlock": hex(LOG_BLOCKS)})
        with pytest.raises(PeculiumError, match="no public node does this"):
            node.request("anvil_setBalance", posed.account("agent").address, "0x1")
        block = node.request("eth_getBlockByNumber", "latest", False)
        assert len(block["extraData"]) == 2 + 2 * 97
        assert "baseFeePerGas" not in block
        assert node.chain_id() == 137
