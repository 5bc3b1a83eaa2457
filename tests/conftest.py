"""The stage and the roles: a suite on Anvil, deployed once, and put back as it was after every test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import ape
import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

from peculium import (
    ERC20,
    AgentWallet,
    Budget,
    Contract,
    Mandate,
    Suite,
    Token,
    Window,
)
from peculium.devnet.contracts import create_contract
from peculium.devnet.entry_point import deploy_entry_point
from peculium.operations import ENTRY_POINT
from verification.expectations import DAY, Agent

ROLES = (
    "deployer",
    "principal",
    "agent",
    "payee",
    "stranger",
    "guardian",
    "other_principal",
    "other_agent",
    "relayer",
)
STATEMENT_HASH = Web3.keccak(text="I answer for what this agent does within its mandate.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The long ones last, so that a mistake shows early.
    items.sort(key=lambda item: "stateful" in item.path.parts)


@pytest.fixture(scope="session")
def web3() -> Web3:
    """The Anvil that ape started, without ape in between: ten times as many calls a second. Every role has ether."""
    connected = Web3(Web3.HTTPProvider(ape.networks.provider.http_uri, request_kwargs={"timeout": 60}))
    for name in ROLES:
        account = Account.from_key(Web3.keccak(text=name))
        connected.provider.make_request("anvil_setBalance", [account.address, hex(10**24)])
    return connected


@pytest.fixture(scope="session")
def stage(web3: Web3, deployer: LocalAccount, suite: Suite, usdc: ERC20, dai: ERC20, usdt: ERC20) -> None:
    """All that lasts longer than a test. It stands before the first snapshot, or the first test's end would take it away."""
    deploy_entry_point(web3, deployer)


@pytest.fixture(autouse=True)
def isolation(web3: Web3, stage: None) -> Iterator[None]:
    """Puts the chain back after every test."""
    snapshot = web3.provider.make_request("evm_snapshot", [])["result"]
    yield
    web3.provider.make_request("evm_revert", [snapshot])


def _role(name: str) -> Any:
    @pytest.fixture(scope="session", name=name)
    def fixture() -> LocalAccount:
        account: LocalAccount = Account.from_key(Web3.keccak(text=name))
        return account

    return fixture


for _name in ROLES:
    globals()[_name] = _role(_name)


@pytest.fixture(scope="session")
def deploy(web3: Web3, deployer: LocalAccount) -> Callable[..., Contract]:
    """Deploys any compiled contract by its name."""

    def deploy_contract(name: str, *arguments: Any) -> Contract:
        compiled = getattr(ape.project, name).contract_type
        abi = [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in compiled.abi]
        kind = ERC20 if "transfer" in {entry.get("name") for entry in abi} else Contract
        return create_contract(web3, deployer, abi, compiled.deployment_bytecode.bytecode, *arguments, kind=kind)

    return deploy_contract


def deploy_published(web3: Web3, deployer: LocalAccount, content: dict[str, Any], *arguments: Any) -> Contract:
    """Deploys what others have published: `abi` and `bytecode`."""
    return create_contract(web3, deployer, content["abi"], content["bytecode"], *arguments, kind=Contract)


def deploy_modules(deploy: Callable[..., Contract], registry: str, entry_point: str = ENTRY_POINT) -> str:
    """Deploys the parts of the wallets' code that come before the factory; the mandate_module names the others."""
    writer = deploy("MandateWriter").address
    powers_module = deploy("PowersModule", registry, entry_point, writer).address
    return deploy("MandateModule", registry, entry_point, writer, powers_module).address


@pytest.fixture(scope="session")
def suite(web3: Web3, deploy: Callable[..., Contract]) -> Suite:
    """Registry, switch, factory and credentials."""
    registry = deploy("AgentRegistry")
    factory = deploy("AgentWalletFactory", registry.address, ENTRY_POINT, deploy_modules(deploy, registry.address))
    credentials = deploy("CredentialRegistry")
    return Suite.at(web3, registry.address, factory.address, credentials.address)


@pytest.fixture(scope="session")
def usdc(deploy: Callable[..., Contract], deployer: LocalAccount) -> ERC20:
    """Six decimals, and all that USDC can do; the deployer is its pauser and blacklister."""
    return deploy("MockUSDC", deployer.address, deployer.address)


@pytest.fixture(scope="session")
def dai(deploy: Callable[..., Contract]) -> ERC20:
    """Eighteen decimals."""
    return deploy("MockStablecoin", "Test Dai", "tDAI", 18)


@pytest.fixture(scope="session")
def usdt(deploy: Callable[..., Contract]) -> ERC20:
    """Six decimals, and no return value."""
    return deploy("MockUSDT")


@pytest.fixture(scope="session")
def now(web3: Web3) -> Callable[[], int]:
    """The timestamp of the latest block (unix seconds)."""
    return lambda: int(web3.eth.get_block("latest")["timestamp"])


@pytest.fixture(scope="session")
def time_travel(web3: Web3, now: Callable[[], int]) -> Callable[..., None]:
    """Mines a block so many `seconds` later, or at the time `to` (unix seconds).

    The next transaction has a block of its own, a second later at the least; `next_at` sets its time exactly instead.
    """

    def travel(seconds: int = 0, to: int | None = None, next_at: int | None = None) -> None:
        if next_at is not None:
            web3.provider.make_request("evm_setNextBlockTimestamp", [next_at])
            return
        web3.provider.make_request("evm_setNextBlockTimestamp", [now() + seconds if to is None else to])
        web3.provider.make_request("evm_mine", [])

    return travel


@pytest.fixture(scope="session")
def new_mandate(
    suite: Suite,
    principal: LocalAccount,
    agent: LocalAccount,
    payee: LocalAccount,
    usdc: ERC20,
    dai: ERC20,
    usdt: ERC20,
    now: Callable[[], int],
) -> Callable[..., Mandate]:
    """A mandate: 100 USD a payment, 500 in any 24 hours, 10,000 for life, for 30 days; overridden as asked."""

    def make(**overrides: Any) -> Mandate:
        budget = Budget(
            currency=overrides.pop("currency", "USD"),
            decimals=overrides.pop("decimals", 6),
            payment_limit=Decimal(overrides.pop("payment_limit", 100)),
            lifetime_limit=Decimal(overrides.pop("lifetime_limit", 10_000)),
            windows=(
                Window(overrides.pop("window_length", timedelta(days=1)), Decimal(overrides.pop("window_limit", 500))),
                *(Window(length, Decimal(limit)) for length, limit in overrides.pop("further_windows", ())),
            ),
            tokens=tuple(overrides.pop("tokens", (_token(usdc), _token(dai), _token(usdt)))),
            payees=tuple(overrides.pop("payees", () if overrides.get("any_payee") else (payee.address,))),
            any_payee=overrides.pop("any_payee", False),
            **{name: overrides.pop(name) for name in ("spent_at_most", "limited_payees") if name in overrides},
        )
        granter = overrides.pop("principal", principal.address)
        mandate = Mandate(
            principal=granter,
            agent_key=overrides.pop("agent_key", agent.address),
            valid_from=overrides.pop("valid_from", now()),
            valid_until=overrides.pop("valid_until", now() + 30 * DAY),
            budgets=overrides.pop("budgets", (budget,)),
            epoch=overrides.pop("epoch", None) if "epoch" in overrides else suite.switch.epoch_of(granter),
            terms_hash=Web3.keccak(text="terms"),
            terms_uri="https://terms.example/1",
        )
        return replace(mandate, **overrides) if overrides else mandate

    return make


def _token(token: ERC20) -> Token:
    return Token(token.address, token.decimals)


@pytest.fixture(scope="session")
def new_agent(
    web3: Web3,
    suite: Suite,
    new_mandate: Callable[..., Mandate],
    principal: LocalAccount,
    agent: LocalAccount,
    relayer: LocalAccount,
    usdc: ERC20,
    dai: ERC20,
    usdt: ERC20,
    now: Callable[[], int],
) -> Callable[..., Agent]:
    """Creates an agent in one transaction, submitted by the relayer, with a million of each token in its wallet.

    Overrides: `by` and `key`, the accounts of principal and agent; `salt`; `mandate`, or what `new_mandate` takes.
    """
    salts = itertools.count(1)

    def create(**overrides: Any) -> Agent:
        by: LocalAccount = overrides.pop("by", principal)
        key: LocalAccount = overrides.pop("key", agent)
        salt: int = overrides.pop("salt", None) or next(salts)
        uri: str = overrides.pop("agent_uri", "https://agents.example/1.json")
        mandate: Mandate = overrides.pop("mandate", None) or new_mandate(
            principal=by.address, agent_key=key.address, **overrides
        )
        creation = suite.factory.prepare(suite.registry, mandate, by, key, uri, STATEMENT_HASH, now() + 3600, salt)
        created = suite.factory.create_agent(relayer, creation)
        for token in (usdc, dai, usdt):
            token.send(relayer, "mint", created.wallet, 10**6 * 10**token.decimals)
        return Agent(
            created.agent_id,
            AgentWallet(web3, created.wallet),
            mandate,
            key,
            by,
            created.receipt.gas_used,
        )

    return create
