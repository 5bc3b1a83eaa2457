"""What the tests of user operations share: an agent with gas terms, and a bundler of one's own.

Everything here runs twice, on EntryPoint v0.8 and on v0.9.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import EntryPoint, GasTerms, SelfBundler, Suite
from peculium.operations import ENTRY_POINT
from peculium.units import to_base_units
from scripts._entry_point import published
from tests.conftest import deploy_keeper, deploy_published

TERMS = GasTerms(Decimal("0.01"), Decimal("0.02"), timedelta(days=1))
"""A hundredth of an ether an operation, two a day."""
PERIOD = 86_400 // 8
"""Seconds: what an operation names is the number of this."""
WORDS = 10**16
"""The limit of one operation (wei)."""


@pytest.fixture(scope="session", params=["0.8", "0.9"])
def version(request):
    """Of the EntryPoint."""
    return request.param


@pytest.fixture(scope="session")
def suite(version, web3, deploy, deployer):
    """Registry, switch, factory and credentials, configured with this EntryPoint."""
    address = ENTRY_POINT
    if version == "0.9":
        address = deploy_published(web3, deployer, published("EntryPoint", "0.9")).address
    registry = deploy("AgentRegistry")
    keeper = deploy_keeper(deploy, registry.address, address)
    factory = deploy("AgentWalletFactory", registry.address, address, keeper)
    return Suite.at(web3, registry.address, factory.address, deploy("CredentialRegistry").address)


@pytest.fixture(scope="session", autouse=True)
def everybody(request):
    """Brings roles and tokens on before the first snapshot, so that a test may ask for them by name."""
    roles = "principal agent payee stranger guardian other_principal other_agent relayer"
    for name in f"{roles} suite usdc dai usdt".split():
        request.getfixturevalue(name)


@pytest.fixture
def entry_point(web3, suite):
    return EntryPoint(web3, suite.factory.read("ENTRY_POINT"))


@pytest.fixture
def bundler(web3, relayer, entry_point):
    """The relayer bundles itself, and is paid for it."""
    return SelfBundler(web3, relayer, entry_point.address)


@pytest.fixture
def fund(web3):
    """Sends ether to an address (whole)."""

    def send(address, amount):
        balance = web3.eth.get_balance(address) + to_base_units(amount, 18)
        web3.provider.make_request("anvil_setBalance", [address, hex(balance)])

    return send


@pytest.fixture
def created(new_agent, fund):
    """An agent that may spend gas, with an ether in its wallet."""
    agent = new_agent(gas_terms=TERMS)
    fund(agent.wallet.address, 1)
    return agent


@pytest.fixture
def ether(web3, entry_point):
    """All that a wallet has of it, deposit included (wei)."""
    return lambda wallet: web3.eth.get_balance(wallet.address) + int(entry_point.deposit_of(wallet.address) * 10**18)


@pytest.fixture
def pays(bundler, usdc, payee):
    """A signed operation that pays a dollar; fields as overridden."""

    def build(agent, amount=1, by=None, lane=0, paymaster=None, **fields):
        operation = bundler.agent_operation(
            agent.wallet, agent.agent, "pay", usdc.address, payee.address, amount, lane=lane, paymaster=paymaster
        )
        return bundler.sign(replace(operation, **fields), by or agent.agent)

    return build


@pytest.fixture
def validate(bundler, entry_point):
    """Asks the wallet as the EntryPoint does, and pays it nothing: the answer as signed or not, from when and until when."""

    def ask(operation, sender=None, missing=0):
        from peculium import AgentWallet

        wallet = AgentWallet(bundler.web3, operation.sender)
        arguments = (operation.packed(), bundler.hash(operation), missing)
        data = wallet.read("validateUserOp", *arguments, sender=sender or entry_point.address)
        return data & (2**160 - 1) == 0, data >> 208, data >> 160 & (2**48 - 1)

    return ask
