"""A chain of its own with the real bundler in front of it. Nothing here is put back after a test: each makes its own agent."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import Budget, EntryPoint, GasTerms, Mandate, RPCBundler, Token, Window
from peculium.devnet.anvil import run_anvil
from peculium.devnet.devnet import Devnet
from peculium.devnet.entry_point import deploy_entry_point
from peculium.operations import ENTRY_POINT
from verification.bundler.alto import alto
from verification.expectations import DAY, Agent

BEHIND = 600
"""Seconds: how far the chain's clock is behind the bundler's, so that it is never ahead of it."""
LONGEST_RUN = 1_800
"""Seconds: what these tests may take."""


@pytest.fixture(scope="module")
def terms():
    """Gas terms whose period began before the chain's clock, and ends after these tests by the bundler's.

    An operation names its period, the bundler looks whether it is over: the edge of one between both clocks refuses them all.
    """
    clock = int(time.time())
    periods = range(DAY // 8, DAY // 4, 120)
    length = next(each for each in periods if BEHIND < clock % each < each - LONGEST_RUN)
    return GasTerms(Decimal("0.01"), Decimal("0.05"), timedelta(seconds=8 * length))


@pytest.fixture(scope="module")
def world():
    """The suite with the EntryPoint."""
    with run_anvil(int(time.time()) - BEHIND) as web3:
        devnet = Devnet(web3)
        deploy_entry_point(web3, devnet.role("deployer"))
        yield devnet


@pytest.fixture(scope="module")
def dollar(world):
    """A stablecoin of six decimals."""
    return world.deploy("MockStablecoin", "Test Dollar", "TUSD", 6)


@pytest.fixture(scope="module")
def url(world):
    """Where the bundler answers."""
    with alto(world.web3, [world.role("executor")], world.role("utility")) as address:
        yield address


@pytest.fixture(scope="module")
def bundler(world, url):
    return RPCBundler(world.web3, url)


@pytest.fixture(scope="module")
def entry_point(world):
    return EntryPoint(world.web3, ENTRY_POINT)


@pytest.fixture(scope="module")
def make_agent(world, dollar, terms):
    """An agent of its own, with a thousand dollars and an ether in its wallet: a hundred a payment."""
    numbers = itertools.count(1)

    def make(**overrides):
        number = next(numbers)
        principal, agent, payee = (world.role(f"{name} {number}") for name in ("principal", "agent", "payee"))
        budget = Budget(
            currency="USD",
            decimals=6,
            payment_limit=100,
            lifetime_limit=1_000,
            windows=(Window(timedelta(days=1), 500),),
            tokens=(Token(dollar.address, 6),),
            payees=(payee.address,),
        )
        mandate = Mandate(
            principal=principal.address,
            agent_key=agent.address,
            valid_from=world.now(),
            valid_until=world.now() + 30 * DAY,
            budgets=(budget,),
            epoch=0,
            terms_hash=bytes(32),
            terms_uri="https://terms.example/1",
            **{"gas_terms": terms, **overrides},
        )
        wallet, gas = world.create_agent(mandate, number, "https://agents.example/1.json", "I answer for it.")
        world.mint(dollar, wallet.address, 1_000)
        world.web3.provider.make_request("anvil_setBalance", [wallet.address, hex(10**18)])
        return Agent(0, wallet, mandate, agent, principal, gas), payee

    return make
