"""Fixtures of `tests/operations` and `tests/paymaster`. Both run on each version of the EntryPoint.

A conftest imports them by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from hexbytes import HexBytes
from web3 import Web3

from peculium import ERC20, AgentWallet, EntryPoint, Mandate, Pay, SelfBundler, Suite, UserOperation
from peculium.contract import receipt_of
from peculium.devnet.anvil import rpc
from peculium.factory import Creation
from peculium.operations import EXECUTE
from peculium.units import to_base_units
from verification.testing.actions import action_of
from verification.testing.agents import STATEMENT_HASH, Agent
from verification.testing.user_operations import (
    BENEFICIARY,
    PERIOD,
    TERMS,
    VERSIONS,
    Bundle,
    deposit,
    priced,
    transact,
    unpacked,
)


@pytest.fixture(scope="session", autouse=True)
def every_entry_point(suites: Callable[[str], Suite]) -> None:
    """Deploys the suites of all versions before the first snapshot."""
    for version in VERSIONS:
        suites(version)


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """The version of the EntryPoint."""
    return str(request.param)


@pytest.fixture(scope="module")
def entry_point(web3: Web3, suite: Suite) -> EntryPoint:
    """The EntryPoint of the suite's wallets."""
    wallet = AgentWallet(web3, suite.factory.read("IMPLEMENTATION"))
    return EntryPoint(web3, wallet.read("ENTRY_POINT"))


@pytest.fixture(scope="module")
def bundler(web3: Web3, relayer: LocalAccount, entry_point: EntryPoint) -> SelfBundler:
    """The relayer sends bundles itself and receives their fees."""
    return SelfBundler(web3, relayer, entry_point.address)


@pytest.fixture(scope="session")
def fund(web3: Web3) -> Callable[..., None]:
    """Adds ether to an address (whole ether)."""

    def add(address: str, amount: Any) -> None:
        balance = web3.eth.get_balance(web3.to_checksum_address(address)) + to_base_units(amount, 18)
        rpc(web3, "anvil_setBalance", address, hex(balance))

    return add


@pytest.fixture
def created(checkpoint: Any, new_agent: Callable[..., Agent], fund: Callable[..., None]) -> Agent:
    """An agent whose mandate has gas terms, with one ether in its wallet."""

    def create() -> Agent:
        agent = new_agent(gas_terms=TERMS)
        fund(agent.wallet.address, 1)
        return agent

    agent: Agent = checkpoint.share("created", create)
    return agent


@pytest.fixture
def replace_mandate(new_mandate: Callable[..., Mandate]) -> Callable[..., Mandate]:
    """Replaces the agent's mandate by one with the same gas terms. Keyword arguments override its fields."""

    def put(agent: Agent, **overrides: Any) -> Mandate:
        parties = {"principal": agent.principal.address, "agent_key": agent.agent.address, "gas_terms": TERMS}
        mandate = new_mandate(**{**parties, **overrides}).in_round(agent.wallet.round)
        agent.wallet.set_mandate(agent.principal, mandate)
        return mandate

    return put


@pytest.fixture
def ether(web3: Web3, entry_point: EntryPoint) -> Callable[[AgentWallet], int]:
    """The ether of a wallet plus its deposit at the EntryPoint (wei)."""
    return lambda wallet: web3.eth.get_balance(web3.to_checksum_address(wallet.address)) + deposit(entry_point, wallet)


# Signed operations. Keyword arguments override the fields of the operation.


@pytest.fixture
def sign_action(bundler: SelfBundler, entry_point: EntryPoint, now: Callable[[], int]) -> Callable[..., UserOperation]:
    """Signs an operation with an action of the agent, named as in `AgentWallet.sign_action`."""

    def sign(
        agent: Agent,
        action: str,
        *arguments: Any,
        by: Any = None,
        nonce_key: int = 0,
        period: int | None = None,
        width: int = PERIOD,
        **fields: Any,
    ) -> UserOperation:
        wallet = agent.wallet
        number = now() // width if period is None else period
        operation = UserOperation(
            sender=wallet.address,
            nonce=entry_point.next_nonce(wallet.address, wallet.nonce_key(nonce_key)),
            call_data=EXECUTE + number.to_bytes(4) + wallet.action(action_of(action, *arguments)),
        )
        return bundler.sign(replace(priced(operation), **fields), by or agent.agent)

    return sign


@pytest.fixture
def sign_payment(
    sign_action: Callable[..., UserOperation], usdc: ERC20, payee: LocalAccount
) -> Callable[..., UserOperation]:
    """Signs an operation that pays one dollar to the payee."""

    def sign(agent: Agent, amount: Any = 1, **fields: Any) -> UserOperation:
        return sign_action(agent, "pay", usdc.address, payee.address, amount, **fields)

    return sign


@pytest.fixture
def sign_principal_call(bundler: SelfBundler, entry_point: EntryPoint) -> Callable[..., UserOperation]:
    """Signs an operation in which the principal calls a function of the wallet."""

    def sign(
        agent: Agent, function: str, *arguments: Any, by: Any = None, nonce_key: int = 0, **fields: Any
    ) -> UserOperation:
        operation = UserOperation(
            sender=agent.wallet.address,
            nonce=entry_point.next_nonce(agent.wallet.address, nonce_key),
            call_data=bytes(HexBytes(agent.wallet.call_data(function, *arguments))),
        )
        return bundler.sign(replace(priced(operation), **fields), by or agent.principal)

    return sign


@pytest.fixture
def prepare_agent(
    web3: Web3,
    suite: Suite,
    new_mandate: Callable[..., Mandate],
    principal: LocalAccount,
    now: Callable[[], int],
) -> Callable[..., tuple[Agent, Creation]]:
    """Signs the creation of an agent without sending it. The wallet's address is known, but it has no code yet."""
    key = Account.from_key(keccak(text="unborn"))

    def prepare(**overrides: Any) -> tuple[Agent, Creation]:
        mandate = new_mandate(**{"agent_key": key.address, "gas_terms": TERMS, **overrides})
        uri, until = "https://agents.example/77.json", now() + 3600
        creation = suite.factory.prepare(suite.registry, mandate, principal, key, uri, STATEMENT_HASH, until, salt=77)
        return Agent(0, AgentWallet(web3, creation.wallet), mandate, key, principal, 0), creation

    return prepare


@pytest.fixture
def sign_creation(
    bundler: SelfBundler, suite: Suite, usdc: ERC20, payee: LocalAccount, now: Callable[[], int]
) -> Callable[..., UserOperation]:
    """Signs an operation that creates the wallet and pays one dollar from it."""

    def sign(agent: Agent, creation: Creation, amount: Any = 1, **fields: Any) -> UserOperation:
        arguments = (creation.mandate.as_tuple(), creation.salt, creation.enrollment())
        action = agent.wallet.action(Pay(usdc.address, payee.address, amount))
        operation = UserOperation(
            sender=creation.wallet,
            nonce=int.from_bytes(agent.mandate.hash()[:16]) << 128,
            call_data=EXECUTE + (now() // PERIOD).to_bytes(4) + action,
            factory=suite.factory.address,
            factory_data=bytes(HexBytes(suite.factory.call_data("createAgent", *arguments))),
        )
        overrides = {"verification_gas_limit": 2_500_000, **fields}
        return bundler.sign(replace(priced(operation), **overrides), agent.agent)

    return sign


# Validation and bundles


@pytest.fixture
def validate(bundler: SelfBundler, entry_point: EntryPoint) -> Callable[..., tuple[bool, int, int]]:
    """Calls `validateUserOp` as the EntryPoint. Returns whether the signature is valid, and its period of validity."""

    def ask(operation: UserOperation, sender: str | None = None, missing: int = 0) -> tuple[bool, int, int]:
        wallet = AgentWallet(bundler.web3, operation.sender)
        arguments = (operation.packed(), bundler.hash(operation), missing)
        return unpacked(wallet.read("validateUserOp", *arguments, sender=sender or entry_point.address))

    return ask


@pytest.fixture
def send_bundle(web3: Web3, relayer: LocalAccount, entry_point: EntryPoint) -> Callable[..., Bundle]:
    """Sends a bundle without a dry run, as a malicious bundler can."""

    def send(*operations: UserOperation, gas: int = 20_000_000) -> Bundle:
        before = web3.eth.get_balance(BENEFICIARY)
        data = entry_point.call_data("handleOps", [each.packed() for each in operations], BENEFICIARY)
        receipt = transact(web3, relayer, entry_point.address, data, gas)
        collected = web3.eth.get_balance(BENEFICIARY) - before
        return Bundle(receipt["status"] == 1, collected, receipt_of(receipt).events, receipt["gasUsed"])

    return send
