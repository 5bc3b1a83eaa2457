"""A fleet budget of 600 USD in any 24 hours and 5,000 for life, over three agents that may each spend 500 a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from web3 import Web3

from peculium import ERC20, Authorization, Contract, Domain, FleetBudget, Mandate, Receipt, Suite, Window
from peculium.devnet.anvil import rpc
from peculium.mandate import NATIVE
from verification.testing.agents import Agent
from verification.testing.durations import DAY
from verification.testing.fleet import CURRENCY, USD, Fleet

WINDOWS = (Window(timedelta(days=1), 600),)


@pytest.fixture
def new_fleet(web3: Web3, deploy: Callable[..., Contract], suite: Suite) -> Callable[[LocalAccount], FleetBudget]:
    """Deploys the fleet budget of an account, without limits."""
    return lambda owner: FleetBudget(web3, deploy("FleetBudget", suite.factory.address, owner.address).address)


@pytest.fixture
def created(
    checkpoint: Any,
    new_fleet: Callable[[LocalAccount], FleetBudget],
    new_agent: Callable[..., Agent],
    principal: LocalAccount,
    web3: Web3,
) -> Fleet:
    """The fleet: its budget in USD, and three agents under it."""

    def create() -> Fleet:
        budget = new_fleet(principal)
        budget.set_budget(principal, "USD", 5_000, WINDOWS)
        keys = [Account.from_key(keccak(text=f"agent {number} of the fleet")) for number in range(3)]
        for key in keys:
            rpc(web3, "anvil_setBalance", key.address, hex(10**24))
        return Fleet(budget, tuple(new_agent(key=key, guard=budget.address) for key in keys))

    fleet: Fleet = checkpoint.share("created", create)
    return fleet


@pytest.fixture
def fleet(created: Fleet) -> FleetBudget:
    """The fleet budget."""
    return created.budget


@pytest.fixture
def agents(created: Fleet) -> tuple[Agent, ...]:
    """The three agents."""
    return created.agents


@pytest.fixture
def pay(usdc: ERC20, payee: LocalAccount) -> Callable[..., Receipt]:
    """Pays whole USDC from an agent's wallet to the payee."""
    return lambda agent, amount: agent.wallet.pay(agent.agent, usdc.address, payee.address, amount)


@pytest.fixture
def spend(pay: Callable[..., Receipt]) -> Callable[..., None]:
    """Pays a sum of whole USDC in payments of at most 100, the limit of one payment."""

    def make(agent: Agent, total: int) -> None:
        for paid in range(0, total, 100):
            pay(agent, min(100, total - paid))

    return make


@pytest.fixture
def put_mandate(new_mandate: Callable[..., Mandate], fleet: FleetBudget) -> Callable[..., Mandate]:
    """Replaces the mandate of an agent by one under the fleet. Keyword arguments override its fields."""

    def put(agent: Agent, **overrides: Any) -> Mandate:
        parties = {"principal": agent.principal.address, "agent_key": agent.agent.address, "guard": fleet.address}
        mandate = new_mandate(**{**parties, **overrides}).in_round(agent.wallet.round)
        agent.wallet.set_mandate(agent.principal, mandate, drop_currencies=True)
        return mandate

    return put


@pytest.fixture
def charge(principal: LocalAccount, payee: LocalAccount) -> Callable[..., tuple[Any, ...]]:
    """Encodes the `Charge` of one dollar that nobody makes. Keyword arguments override its fields."""

    def make(**overrides: Any) -> tuple[Any, ...]:
        fields = {
            "principal": principal.address,
            "currency": CURRENCY,
            "token": NATIVE,
            "payee": payee.address,
            "amount": USD,
            "charge": USD,
            "ref": bytes(32),
            "pending": False,
        }
        return tuple((fields | overrides).values())

    return make


@pytest.fixture
def state(fleet: FleetBudget) -> Callable[[], Any]:
    """All that the fleet counts in USD: limits, what remains, what is pending, and what was spent."""
    return lambda: (fleet.remaining("USD"), fleet.spent("USD"))


@pytest.fixture
def hand_over(
    agents: tuple[Agent, ...], principal: LocalAccount, other_principal: LocalAccount, now: Callable[[], int]
) -> Callable[[], None]:
    """Gives the first agent's wallet to another principal."""

    def give() -> None:
        agents[0].wallet.offer_hand_over(principal, other_principal.address, now() + DAY)
        agents[0].wallet.accept_hand_over(other_principal)

    return give


# Pre-authorizations


@pytest.fixture
def authorization(usdc: ERC20, payee: LocalAccount, now: Callable[[], int]) -> Authorization:
    """100 dollars to the payee, valid for five days."""
    domain = Domain("USD Coin", "2")
    return Authorization(usdc.address, payee.address, 100 * USD, now() + 5 * DAY, domain, keccak(text="nonce"))


@pytest.fixture
def preauthorize(authorization: Authorization) -> Callable[..., Authorization]:
    """Makes an agent preauthorize whole dollars, and returns the authorization."""

    def make(agent: Agent, amount: int = 100, nonce: str = "nonce", **fields: Any) -> Authorization:
        made = replace(authorization, amount=amount * USD, nonce=keccak(text=nonce), **fields)
        agent.wallet.preauthorize(agent.agent, made)
        return made

    return make


@pytest.fixture
def settle(usdc: ERC20, relayer: LocalAccount) -> Callable[..., Receipt]:
    """Settles an authorization at the token."""
    function = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
    return lambda agent, made: usdc.send(relayer, function, *made.transfer(agent.wallet.address), b"\0")
