"""The chain, the roles, the suite and the agents of the tests. Every test begins on the same state of the chain."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import ape
import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from hypothesis import settings
from web3 import HTTPProvider, IPCProvider, Web3
from web3.providers import JSONBaseProvider

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
from peculium.chain.node import Node as RpcNode
from peculium.devnet import artifact, deploy_entry_point, run_anvil
from peculium.devnet.anvil import rpc
from peculium.devnet.contracts import create_contract
from verification.testing.agents import STATEMENT_HASH, Agent
from verification.testing.contracts import deploy_modules, deploy_published
from verification.testing.durations import DAY
from verification.testing.people import loop, people
from verification.testing.snapshots import revert

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
SHARED_AGENT = "created"
BUDGET_FIELDS = ("spent_at_most", "limited_payees", "stranger_payment_limit", "stranger_window_limit")
"""Fields of the budget that a test may set and that have a default."""


# Fixtures of every folder.
__all__ = ["loop", "people"]

# A property test that names no number of examples takes it from the profile. `make check` runs them again, thoroughly.
settings.register_profile("default", max_examples=60, deadline=None)
settings.register_profile("thorough", parent=settings.get_profile("default"), max_examples=300)
settings.load_profile("default")


@dataclass(frozen=True)
class Node:
    """A node, and the fastest way to reach it."""

    url: str
    provider: JSONBaseProvider


def runs_under_ape(config: pytest.Config) -> bool:
    """Whether this is `ape test`, which starts a chain of its own."""
    return bool(config.pluginmanager.has_plugin("ape-test"))


def pytest_configure(config: pytest.Config) -> None:
    """Switches ape's isolation off under `ape test`: its snapshots would revert what the fixtures here keep."""
    if hasattr(config.option, "disable_isolation"):
        config.option.disable_isolation = True


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """The chain's node: with `ape test` the one that ape started, otherwise an Anvil for this process."""
    # The chain id never changes, and web3.py would ask for it before every call.
    cache: dict[str, Any] = {"cache_allowed_requests": True, "cacheable_requests": {"eth_chainId"}}
    if runs_under_ape(request.config):
        url = ape.networks.provider.http_uri
        yield Node(url, HTTPProvider(url, request_kwargs={"timeout": 60}, **cache))
        return
    # A call through a Unix socket takes a tenth of the CPU time of one through HTTP.
    socket = tmp_path_factory.mktemp("anvil") / "ipc"
    with run_anvil(int(time.time()), "--ipc", str(socket)) as anvil:
        yield Node(anvil.provider.endpoint_uri, IPCProvider(socket, timeout=60, **cache))  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def node_url(node: Node) -> str:
    """The URL under which other programs reach the chain."""
    return node.url


@pytest.fixture(scope="session")
def web3(node: Node) -> Web3:
    """The chain. Every role has ether."""
    connected = Web3(node.provider)
    # Each block is one second after its parent, so the result does not depend on the wall clock.
    rpc(connected, "anvil_setBlockTimestampInterval", 1)
    for name in ROLES:
        rpc(connected, "anvil_setBalance", Account.from_key(Web3.keccak(text=name)).address, hex(10**24))
    return connected


@pytest.fixture(scope="session")
def deployed_suite(
    web3: Web3, deployer: LocalAccount, suites: Callable[[str], Suite], usdc: ERC20, dai: ERC20, usdt: ERC20
) -> None:
    """The contracts that outlive a test. They are deployed before the first snapshot, or a revert would remove them."""
    suites("0.8")


class Checkpoint:
    """The state of the chain that the tests of a module start from, and what they share on top of it."""

    def __init__(self, web3: Web3) -> None:
        self._web3 = web3
        self._snapshot = ""
        self._shared: dict[str, Any] = {}
        self._in_test = False

    def share(self, name: str, create: Callable[[], Any]) -> Any:
        """What `create` returned for the first test that asked for `name`. Tests share `created`, and the fixtures it needs."""
        if name in self._shared:
            return self._shared[name]
        if self._in_test:  # It will be reverted with the test.
            return create()
        self._snapshot = self._snapshot or rpc(self._web3, "evm_snapshot")
        self._shared[name] = create()
        return self._shared[name]

    @contextmanager
    def isolated(self, with_agent: bool) -> Iterator[None]:
        """Reverts what happens in the block. A test that does not ask for the shared agent does not meet it."""
        if self._snapshot and not with_agent:
            revert(self._web3, self._snapshot)
            self._snapshot, self._shared = "", {}
        snapshot = rpc(self._web3, "evm_snapshot")
        self._in_test = True
        yield
        self._in_test = False
        revert(self._web3, snapshot)


@pytest.fixture(scope="module", autouse=True)
def _module_isolation(web3: Web3, deployed_suite: None, version: str) -> Iterator[None]:
    """Reverts the chain after every module, and before a module runs on another version of the EntryPoint."""
    snapshot = rpc(web3, "evm_snapshot")
    yield
    revert(web3, snapshot)


@pytest.fixture(scope="module")
def checkpoint(web3: Web3, _module_isolation: None) -> Checkpoint:
    """The state of the chain that the tests of a module start from, and what they share on top of it."""
    return Checkpoint(web3)


@pytest.fixture(autouse=True)
def isolation(request: pytest.FixtureRequest, checkpoint: Checkpoint) -> Iterator[None]:
    """Reverts the chain after every test."""
    with_agent = SHARED_AGENT in request.fixturenames
    if with_agent:
        request.getfixturevalue(SHARED_AGENT)
    with checkpoint.isolated(with_agent):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs the tests of a module that share an agent one after another, so that it is created once."""
    modules = {path: position for position, path in enumerate(dict.fromkeys(item.path for item in items))}

    def position(item: pytest.Item) -> tuple[int, str, bool]:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        shares_agent = SHARED_AGENT in getattr(item, "fixturenames", ())
        return modules[item.path], parameters.get("version", ""), shares_agent

    items.sort(key=position)


def _role(name: str) -> Any:
    @pytest.fixture(scope="session", name=name)
    def fixture() -> LocalAccount:
        account: LocalAccount = Account.from_key(Web3.keccak(text=name))
        return account

    return fixture


for _name in ROLES:
    globals()[_name] = _role(_name)


@pytest.fixture(scope="session")
def abi_and_init_code(request: pytest.FixtureRequest) -> Callable[[str], tuple[Any, str | bytes]]:
    """ABI and init code of a compiled contract by its name; with `ape test` from ape's project, otherwise from the build."""

    def from_ape(name: str) -> tuple[Any, str | bytes]:
        contract = getattr(ape.project, name).contract_type
        abi = [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in contract.abi]
        return abi, contract.deployment_bytecode.bytecode

    def from_build(name: str) -> tuple[Any, str | bytes]:
        contract = artifact(name)
        return contract.abi, contract.init_code

    return from_ape if runs_under_ape(request.config) else from_build


@pytest.fixture(scope="session")
def deploy(
    web3: Web3, deployer: LocalAccount, abi_and_init_code: Callable[[str], tuple[Any, str | bytes]]
) -> Callable[..., Contract]:
    """Deploys any compiled contract by its name."""

    def deploy_contract(name: str, *arguments: Any) -> Contract:
        abi, init_code = abi_and_init_code(name)
        kind = ERC20 if "transfer" in {entry.get("name") for entry in abi} else Contract
        return create_contract(web3, deployer, abi, init_code, *arguments, kind=kind)

    return deploy_contract


@pytest.fixture(scope="session")
def suites(web3: Web3, deployer: LocalAccount, deploy: Callable[..., Contract]) -> Callable[[str], Suite]:
    """The suite for a version of the EntryPoint: registry, switch, factory and credentials. Each is deployed once."""

    @cache
    def suite_for(version: str) -> Suite:
        if version == "0.8":
            entry_point = deploy_entry_point(web3, deployer)
        else:
            entry_point = deploy_published(web3, deployer, "EntryPoint", version).address
        registry = deploy("AgentRegistry").address
        parts = deploy_modules(deploy, registry, entry_point)
        factory = deploy("AgentWalletFactory", registry, entry_point, *parts).address
        return Suite.at(web3, registry, factory, deploy("CredentialRegistry").address)

    return suite_for


@pytest.fixture(scope="module")
def version() -> str:
    """The EntryPoint's. The folders that test user operations override it to run on each."""
    return "0.8"


@pytest.fixture(scope="module")
def suite(suites: Callable[[str], Suite], version: str) -> Suite:
    """Registry, switch, factory and credentials."""
    return suites(version)


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


@pytest.fixture
def set_chain_id(web3: Web3) -> Iterator[Callable[[int], None]]:
    """Changes the chain id until the test ends, as a fork of the chain does."""
    chain_id = web3.eth.chain_id

    def change(to: int) -> None:
        rpc(web3, "anvil_setChainId", to)
        RpcNode.of(web3).forget()

    web3.provider.cache_allowed_requests = False
    yield change
    change(chain_id)
    web3.provider.cache_allowed_requests = True


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


@pytest.fixture(scope="module")
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
    """A mandate: 100 USD a payment, 500 in any 24 hours, 10,000 for life, for 30 days; overridden as asked.

    Pre-authorizations may last as long as the mandate.
    """

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
            payees=tuple(overrides.pop("payees", (payee.address,))),
            **{name: overrides.pop(name) for name in BUDGET_FIELDS if name in overrides},
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
            max_authorization_age=timedelta(days=30),
        )
        return replace(mandate, **overrides) if overrides else mandate

    return make


def _token(token: ERC20) -> Token:
    return Token(token.address, token.decimals)


@pytest.fixture(scope="module")
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
