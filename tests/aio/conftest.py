"""A chain of its own, whose blocks the tests may hold back, and the agent of an asynchronous program on it."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest

from peculium import configure_sending
from peculium.aio import AsyncAgent
from peculium.chain.node import Node
from peculium.devnet.anvil import rpc
from verification.sending.proxy import Proxy
from verification.sending.setup import start_devnet

SEND, RECEIPT = "eth_sendRawTransaction", "eth_getTransactionReceipt"


@pytest.fixture(scope="session")
def own_chain():
    """A chain with an agent that may pay 100 USD at once, and 10,000 in its wallet."""
    with start_devnet() as parts:
        yield parts


@pytest.fixture(scope="session")
def devnet(own_chain):
    return own_chain[0]


@pytest.fixture(scope="module", autouse=True)
def _module_isolation():
    """Replaces that of the shared chain, which these tests don't use."""


@pytest.fixture(autouse=True)
def isolation(devnet):
    """Reverts the chain after every test."""
    snapshot = rpc(devnet.web3, "evm_snapshot")
    yield
    rpc(devnet.web3, "evm_setIntervalMining", 0)
    rpc(devnet.web3, "evm_setAutomine", True)
    rpc(devnet.web3, "evm_revert", snapshot)
    Node.of(devnet.web3).forget()


@pytest.fixture(scope="session")
def made(own_chain):
    """Token, payee, and how the agent is called."""
    devnet, wallet, agent, payee = own_chain
    return SimpleNamespace(usdc=devnet.usdc.address, payee=payee, key=agent, wallet=wallet)


@pytest.fixture
def proxy(devnet):
    """A proxy before the node. Tests set its hook."""
    with Proxy(devnet.web3.provider.endpoint_uri) as running:
        yield running


@pytest.fixture
def connect(proxy, made):
    """Returns an agent that reaches the node through the proxy."""

    def connected(journal=None, **options):
        web3 = proxy.connect(timeout=20)
        configure_sending(web3, **{"timeout": 20, "patience": 2, **options})
        return AsyncAgent(made.wallet.address, made.key, web3, journal=journal)

    return connected


@pytest.fixture
def received(devnet, made):
    """What the payee has got since the start of the test (whole tokens)."""
    before = devnet.usdc.balance(made.payee)
    return lambda: devnet.usdc.balance(made.payee) - before


class Gate:
    """A hook that holds the first request of a method until it is opened."""

    def __init__(self, method):
        self.method = method
        self.reached, self.opened = threading.Event(), threading.Event()
        self._is_first = True

    def __call__(self, method, parameters, forward):
        if method == self.method and self._is_first:
            self._is_first = False
            self.reached.set()
            assert self.opened.wait(20)
        return forward()

    async def wait(self):
        """Returns when the request is held."""
        assert await asyncio.to_thread(self.reached.wait, 10)


@pytest.fixture
def gate(proxy):
    """Holds the transaction on its way to the node. It opens at the end of the test at the latest."""
    proxy.hook = Gate(SEND)
    yield proxy.hook
    proxy.hook.opened.set()
