"""A network that is reached by its name."""

from __future__ import annotations

import pytest
from web3 import Web3

from peculium import Network
from peculium.deployments import tokens
from peculium.errors import InvalidInput, NodeRefused, NodeUnreachable, WrongChain
from verification.sending.proxy import HttpFault

WRONG = (
    "The URL in BASE_SEPOLIA_RPC serves chain 8453, and base-sepolia is chain 84532. Nothing was sent. Use the URL "
    "of a node of base-sepolia."
)


@pytest.fixture
def on_mainnet(served):
    """The node serves Base."""
    served["eth_chainId"] = {"result": hex(8453)}


def test_a_missing_variable_is_named(monkeypatch):
    monkeypatch.delenv("BASE_SEPOLIA_RPC", raising=False)
    with pytest.raises(InvalidInput) as refused:
        Network.of("base-sepolia")
    assert str(refused.value) == (
        "No node of base-sepolia is known: set the environment variable BASE_SEPOLIA_RPC to the URL of one, such as "
        "BASE_SEPOLIA_RPC=https://rpc.example/key."
    )


def test_an_empty_variable_is_missing(monkeypatch):
    monkeypatch.setenv("BASE_SEPOLIA_RPC", "  ")
    with pytest.raises(InvalidInput, match=r"^No node of base-sepolia is known: set the environment variable "):
        Network.of("base-sepolia")


def test_a_variable_without_a_url_is_refused_and_not_shown(monkeypatch):
    monkeypatch.setenv("BASE_SEPOLIA_RPC", "s3cret")
    with pytest.raises(InvalidInput, match=r"^The environment variable BASE_SEPOLIA_RPC has no URL") as refused:
        Network.of("base-sepolia")
    assert "s3cret" not in str(refused.value)


def test_a_typo_names_the_likely_network():
    with pytest.raises(
        InvalidInput, match=r'^No network is named "base-sepola". Did you mean base-sepolia\? Or pass the URL'
    ):
        Network.of("base-sepola")


@pytest.mark.parametrize("other", ["", "ws://127.0.0.1:8545", "ftp://example.org", 7, None])
def test_anything_else_is_refused(other):
    with pytest.raises(
        InvalidInput, match=r" names no network\. Pass a name such as base-sepolia, the URL of a node such as "
    ):
        Network.of(other)


def test_another_chain_behind_the_url_is_refused(configured, on_mainnet):
    with pytest.raises(WrongChain) as refused:
        Network.of("base-sepolia").node.block_number()
    assert str(refused.value) == WRONG


def test_no_request_but_the_chain_id_reaches_another_chain(configured, on_mainnet, node):
    network = Network.of("base-sepolia")
    for _ in range(2):
        for ask in (network.node.block_number, network.node.chain, lambda: network.web3.eth.block_number):
            with pytest.raises(WrongChain):
                ask()
        with pytest.raises(WrongChain):
            network.node.attempt("eth_sendRawTransaction", "0x00")
    assert {method for trip in node.trips for method in trip} == {"eth_chainId"}


def test_tokens_of_another_chain_are_refused(configured, on_mainnet):
    with pytest.raises(WrongChain):
        _ = Network.of("base-sepolia").tokens


@pytest.mark.parametrize("ask", ["block_number", "chain_id"])
def test_a_node_that_hides_its_chain_gets_no_request(configured, served, node, ask):
    served["eth_chainId"] = {"error": {"code": -32601, "message": "no such method"}}
    with pytest.raises(NodeRefused, match="no such method"):
        getattr(Network.of("base-sepolia").node, ask)()
    assert {method for trip in node.trips for method in trip} == {"eth_chainId"}


@pytest.mark.parametrize("rubbish", [None, 84532, [], "many", "0x"])
def test_rubbish_for_a_chain_id_gets_no_request(configured, served, node, rubbish):
    served["eth_chainId"] = {"result": rubbish}
    with pytest.raises(WrongChain, match=r"serves a chain whose id is .+, and base-sepolia is chain 84532\."):
        Network.of("base-sepolia").node.block_number()
    assert {method for trip in node.trips for method in trip} == {"eth_chainId"}


def test_a_web_page_is_no_node(configured, node):
    def page(method, parameters, forward):
        raise HttpFault(200)

    node.hook = page
    with pytest.raises(NodeUnreachable, match="it answers something else than JSON"):
        Network.of("base-sepolia").node.block_number()


def test_nothing_is_asked_before_it_is_needed(configured, node):
    Network.of("base-sepolia")
    assert node.trips == []


def test_the_named_chain_is_used(configured, node):
    network = Network.of("base-sepolia")
    assert (network.node.block_number(), network.node.block_number()) == (7, 7)
    assert node.trips == [["eth_chainId"], ["eth_blockNumber"], ["eth_blockNumber"]]


def test_a_batch_is_used_on_the_named_chain(configured, node):
    assert Network.of("base-sepolia").node.chain_id() == 84532
    assert node.trips == [["eth_chainId"], ["eth_chainId", "eth_getBlockByNumber"]]


def test_tokens_are_those_of_the_chain(configured):
    found = Network.of("base-sepolia").tokens
    assert found == tokens(84532)
    assert found["USDC"].address == "0x036CbD53842c5426634e7929541eC2318f3dCF7e"


def test_a_url_names_a_node_of_any_chain(node, on_mainnet):
    network = Network.of(node.url)
    assert network.node.block_number() == 7
    assert network.tokens == tokens(8453)


def test_a_connection_to_an_unknown_chain_has_no_tokens(node, served):
    served["eth_chainId"] = {"result": "0x7a69"}
    assert Network.of(Web3(Web3.HTTPProvider(node.url))).tokens == {}
