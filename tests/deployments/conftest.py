"""Fixtures of the tests of what the package knows of chains. None of them uses the shared chain."""

from __future__ import annotations

import pytest

from verification.sending.proxy import Proxy


@pytest.fixture(scope="module", autouse=True)
def _module_isolation():
    """Replaces that of the shared chain."""


@pytest.fixture(autouse=True)
def isolation():
    """Likewise."""


@pytest.fixture
def served():
    """What the node answers, by method. Tests change it."""
    first = {"hash": "0x" + "11" * 32}
    return {
        "eth_chainId": {"result": hex(84532)},
        "eth_blockNumber": {"result": "0x7"},
        "eth_getBlockByNumber": {"result": first},
    }


@pytest.fixture
def node(served):
    """A node that gives these answers."""
    with Proxy("http://127.0.0.1:1") as running:
        running.hook = lambda method, parameters, forward: served[method]
        yield running


@pytest.fixture
def configured(node, monkeypatch):
    """The node's URL in the environment variable of Base Sepolia."""
    monkeypatch.setenv("BASE_SEPOLIA_RPC", node.url)
