"""A chain of its own for each module, an agent on it, and a proxy before the node."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from peculium import configure_sending
from peculium.agent import Agent
from peculium.chain.node import Node
from peculium.devnet.anvil import rpc
from peculium.journal import Journal
from verification.sending.proxy import Proxy
from verification.sending.setup import start_devnet


@pytest.fixture(scope="module")
def started():
    """A chain whose blocks the tests may hold back, with a funded agent."""
    with start_devnet() as parts:
        yield parts


@pytest.fixture(scope="module")
def devnet(started):
    """The suite on that chain."""
    return started[0]


@pytest.fixture(scope="module", autouse=True)
def _module_isolation():
    """Replaces that of the shared chain, which these tests don't use."""


@pytest.fixture(scope="module")
def made(started):
    """The agent, which may pay 100 USD at once, and the roles around it."""
    devnet, wallet, agent, payee = started
    return SimpleNamespace(wallet=wallet, principal=devnet.role("principal"), agent=agent, payee=payee)


@pytest.fixture(autouse=True)
def isolation(devnet, made):
    """Reverts the chain after every test."""
    snapshot = rpc(devnet.web3, "evm_snapshot")
    yield
    rpc(devnet.web3, "evm_setAutomine", True)
    rpc(devnet.web3, "evm_revert", snapshot)
    Node.of(devnet.web3).forget()


@pytest.fixture
def proxy(devnet):
    """A proxy before the node. Tests set its hook."""
    with Proxy(devnet.web3.provider.endpoint_uri) as running:
        yield running


@pytest.fixture
def journal(tmp_path):
    """An empty journal."""
    return Journal(tmp_path / "agent.db")


@pytest.fixture
def connect(proxy, made):
    """Returns the agent as a new process has it that reaches the node through the proxy."""

    def connected(journal=None, via=None, **options):
        web3 = proxy.connect(timeout=5)
        configure_sending(web3, **{"timeout": 10, "patience": 2, **options})
        return Agent(made.wallet.address, made.agent, web3, journal=journal, via=via)

    return connected


@pytest.fixture
def pay(devnet, made):
    """Pays an invoice through an agent."""

    def paid(agent, amount=40, once="INV-42", **options):
        return agent.pay(devnet.usdc.address, made.payee, amount, "INV-42", once=once, **options)

    return paid


@pytest.fixture
def received(devnet, made):
    """What the payee has got since the start of the test (whole tokens)."""
    before = devnet.usdc.balance(made.payee)
    return lambda: devnet.usdc.balance(made.payee) - before
