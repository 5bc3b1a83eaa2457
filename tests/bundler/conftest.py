"""A chain with a third-party bundler. Tests share it and are not isolated: each creates its own agent."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import (
    AgentWallet,
    Budget,
    EntryPoint,
    GasTerms,
    Mandate,
    PrincipalPaymaster,
    RPCBundler,
    Token,
    Window,
)
from peculium.deployments.deploy import deploy_paymaster
from peculium.devnet import Devnet, artifact, deploy_entry_point, run_anvil
from peculium.operations import ENTRY_POINT
from verification.bundler.alto import run_alto
from verification.testing.agents import Agent
from verification.testing.durations import DAY

CLOCK_LAG = 600
"""Seconds by which the chain's clock is behind the bundler's, so that it is never ahead."""
LONGEST_RUN = 1_800
"""Seconds that these tests may take."""


@pytest.fixture(scope="module")
def terms():
    """Gas terms whose current period covers both clocks for the whole run.

    A user operation names its gas period, and the bundler drops it if that period is over by its own clock.
    """
    clock = int(time.time())
    periods = range(DAY // 8, DAY // 4, 120)
    period = next(each for each in periods if CLOCK_LAG < clock % each < each - LONGEST_RUN)
    return GasTerms(Decimal("0.01"), Decimal("0.05"), timedelta(seconds=8 * period))


@pytest.fixture(scope="module")
def devnet():
    """The suite and the EntryPoint."""
    with run_anvil(int(time.time()) - CLOCK_LAG) as web3:
        devnet = Devnet(web3)
        deploy_entry_point(web3, devnet.role("deployer"))
        yield devnet


@pytest.fixture(scope="module")
def dollar(devnet):
    """A stablecoin with six decimals."""
    return devnet.deploy("MockStablecoin", "Test Dollar", "TUSD", 6)


@pytest.fixture(scope="module")
def url(devnet):
    """The bundler's URL."""
    with run_alto(devnet.web3, [devnet.role("executor")], devnet.role("utility")) as url:
        yield url


@pytest.fixture(scope="module")
def bundler(devnet, url):
    return RPCBundler(devnet.web3, url)


@pytest.fixture(scope="module")
def entry_point(devnet):
    return EntryPoint(devnet.web3, ENTRY_POINT)


@pytest.fixture(scope="module")
def prepare_agent(devnet, dollar, terms):
    """Signs the creation of an agent that may pay 100 dollars at a time. Nothing is sent."""
    numbers = itertools.count(1)

    def prepare(**overrides):
        number = next(numbers)
        principal, agent, payee = (devnet.role(f"{name} {number}") for name in ("principal", "agent", "payee"))
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
            valid_from=devnet.now(),
            valid_until=devnet.now() + 30 * DAY,
            budgets=(budget,),
            epoch=0,
            terms_hash=bytes(32),
            terms_uri="https://terms.example/1",
            **{"gas_terms": terms, **overrides},
        )
        creation = devnet.prepare_agent(mandate, number, "https://agents.example/1.json", "I answer for it.")
        return Agent(0, AgentWallet(devnet.web3, creation.wallet), mandate, agent, principal, 0), creation, payee

    return prepare


@pytest.fixture(scope="module")
def make_agent(devnet, dollar, prepare_agent):
    """Creates an agent with 1,000 dollars and one ether in its wallet. Returns it and its payee."""

    def make(**overrides):
        agent, creation, payee = prepare_agent(**overrides)
        devnet.suite.factory.create_agent(devnet.role("relayer"), creation)
        devnet.mint(dollar, agent.wallet.address, 1_000)
        devnet.set_balance(agent.wallet.address, 10**18)
        return agent, payee

    return make


@pytest.fixture(scope="module")
def make_paymaster(devnet):
    """Deploys a principal's paymaster with a deposit of one ether, and a stake unless `staked` is false."""

    def make(principal, staked=True):
        code, factory = artifact("PrincipalPaymaster"), devnet.suite.factory.address
        made = deploy_paymaster(devnet.web3, principal, code, factory, principal.address)
        paymaster = PrincipalPaymaster(devnet.web3, made.address)
        paymaster.deposit(principal, 1)
        if staked:
            paymaster.add_stake(principal, 1, timedelta(days=1))
        return paymaster

    return make
