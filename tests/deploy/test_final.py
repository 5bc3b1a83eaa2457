"""A deployment counts when it is final, as `networks.toml` says of the chain."""

from __future__ import annotations

import pytest
from web3 import Web3

from peculium.chain.node import Node
from peculium.deployments.deploy import deploy
from peculium.deployments.final import final_of, wait_until_final
from peculium.devnet.anvil import rpc
from peculium.errors import OutcomeUnknown
from verification.testing.deploying import CREATIONS
from verification.testing.providers import Answering

BASE_SEPOLIA, ARC = 84532, 5042


@pytest.fixture
def finalizing(web3):
    """A connection through which the last final block is so many blocks behind, and a block comes with each question."""

    def connected(behind):
        def block(parameters):
            if parameters[0] != "finalized":
                return web3.provider.make_request("eth_getBlockByNumber", parameters)
            rpc(web3, "evm_mine")
            return web3.provider.make_request(
                "eth_getBlockByNumber", [hex(max(0, web3.eth.block_number - behind)), False]
            )

        return Web3(Answering(web3.provider, {"eth_getBlockByNumber": block}))

    return connected


def test_says_unknown_while_it_is_not_final(web3, finalizing, deployer, set_chain_id, at_once, sent, tmp_path):
    set_chain_id(BASE_SEPOLIA)
    manifest = tmp_path / "manifest.json"
    with pytest.raises(
        OutcomeUnknown, match=r"isn't final after 0.2 seconds: the node calls block \d+ the last final one"
    ):
        deploy(finalizing(10_000), deployer, final_seconds=0.2, manifest=manifest)
    assert not manifest.exists()
    assert sent() == CREATIONS


def test_says_unknown_if_the_node_does_not_know_what_is_final(web3, deployer, set_chain_id, at_once):
    set_chain_id(BASE_SEPOLIA)

    def block(parameters):
        if parameters[0] == "finalized":
            return {"error": {"code": -32602, "message": "unknown tag"}}
        return web3.provider.make_request("eth_getBlockByNumber", parameters)

    connected = Web3(Answering(web3.provider, {"eth_getBlockByNumber": block}))
    with pytest.raises(OutcomeUnknown, match="the node doesn't say which blocks are final"):
        deploy(connected, deployer, final_seconds=0.2)


def test_waits_until_the_chain_calls_it_final(web3, finalizing, deployer, set_chain_id, at_once):
    set_chain_id(BASE_SEPOLIA)
    steps = []
    deployment = deploy(finalizing(5), deployer, report=lambda step: steps.append(step.text))
    last = max(each.block for each in deployment.contracts if each.block)
    assert web3.eth.block_number >= last + 5
    assert any(f"Waiting until block {last} is final" in step for step in steps)


def test_does_not_wait_where_a_block_is_final_at_once(web3, deployer, set_chain_id):
    set_chain_id(ARC)
    assert final_of(ARC) == 1
    before = web3.eth.block_number
    deploy(web3, deployer)
    assert web3.eth.block_number == before + CREATIONS


def test_creates_again_what_a_reorganization_removes(web3, deployer, set_chain_id, at_once, sent):
    """The chain forgets the whole deployment between its last block and finality."""
    set_chain_id(BASE_SEPOLIA)
    snapshots = [rpc(web3, "evm_snapshot")]

    def block(parameters):
        if parameters[0] == "finalized" and snapshots:
            rpc(web3, "evm_revert", snapshots.pop())
            rpc(web3, "anvil_mine", "0x20")
        tag = "latest" if parameters[0] == "finalized" else parameters[0]
        return web3.provider.make_request("eth_getBlockByNumber", [tag, False])

    connected = Web3(Answering(web3.provider, {"eth_getBlockByNumber": block}))
    deployment = deploy(connected, deployer)
    assert not snapshots
    assert all(web3.eth.get_code(each.address) for each in deployment.contracts)
    assert sent() == CREATIONS


@pytest.mark.parametrize(("blocks", "final"), [(1, True), (2, False)])
def test_counts_the_blocks_of_a_network_that_names_a_number(web3, at_once, blocks, final):
    """The block itself is the first."""
    node, calls = Node.of(web3), []

    def holds():
        calls.append(1)
        return True

    if final:
        assert wait_until_final(node, blocks, holds, lambda *_: None, 0.1) == web3.eth.block_number
    else:
        with pytest.raises(OutcomeUnknown, match=r"isn't final after 0\.1 seconds"):
            wait_until_final(node, blocks, holds, lambda *_: None, 0.1)
    assert calls == [1]
