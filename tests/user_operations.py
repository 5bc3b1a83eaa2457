"""What the tests of user operations and of the paymaster share: an agent with gas terms, operations, and bundles.

Whatever uses this runs twice, on EntryPoint v0.8 and on v0.9.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from eth_account import Account
from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes

from peculium import AgentWallet, EntryPoint, Event, GasTerms, SelfBundler, UserOperation
from peculium.contract import receipt_of
from peculium.operations import EXECUTE, with_gas
from peculium.units import to_base_units
from tests.conftest import STATEMENT_HASH
from verification.expectations import Agent

VERSIONS = ("0.8", "0.9")
TERMS = GasTerms(Decimal("0.01"), Decimal("0.02"), timedelta(days=1))
"""A hundredth of an ether an operation, two a day."""
OPERATION_LIMIT, WINDOW_LIMIT = 10**16, 2 * 10**16
"""The same in wei."""
PERIOD = 86_400 // 8
"""Seconds: what an operation names is the number of this."""
CALL, VERIFICATION, PRE_VERIFICATION = 250_000, 200_000, 50_000
"""The gas limits of an operation, where a test doesn't say others: half a million in all."""
GWEI = 10**9
DEAREST = 20 * GWEI
"""The fee at which such an operation can cost exactly what one may."""
TAKER = to_checksum_address("0x" + "00" * 17 + "bad00e")
"""Who gets what a bundle pays. It has nothing else, so that its balance is what was got."""


@pytest.fixture(scope="session", autouse=True)
def every_entry_point(suites):
    """Deploys the suites before the first snapshot."""
    for version in VERSIONS:
        suites(version)


@pytest.fixture(scope="module", params=VERSIONS)
def version(request):
    """Of the EntryPoint."""
    return request.param


@pytest.fixture(scope="module")
def entry_point(web3, suite):
    wallet = AgentWallet(web3, suite.factory.read("IMPLEMENTATION"))
    return EntryPoint(web3, wallet.read("ENTRY_POINT"))


@pytest.fixture(scope="module")
def bundler(web3, relayer, entry_point):
    """The relayer bundles itself, and is paid for it."""
    return SelfBundler(web3, relayer, entry_point.address)


@pytest.fixture(scope="session")
def fund(web3):
    """Sends ether to an address (whole)."""

    def send(address, amount):
        balance = web3.eth.get_balance(address) + to_base_units(amount, 18)
        web3.provider.make_request("anvil_setBalance", [address, hex(balance)])

    return send


@pytest.fixture
def created(checkpoint, new_agent, fund):
    """An agent that may spend gas, with an ether in its wallet."""

    def create():
        agent = new_agent(gas_terms=TERMS)
        fund(agent.wallet.address, 1)
        return agent

    return checkpoint.agent(create)


@pytest.fixture
def succeed(new_mandate):
    """Replaces the agent's mandate by another with the same gas terms, by the principal's own transaction."""

    def put(agent, **overrides):
        parties = {"principal": agent.principal.address, "agent_key": agent.agent.address, "gas_terms": TERMS}
        mandate = new_mandate(**{**parties, **overrides}).replacing(agent.wallet.last_mandate_hash)
        agent.wallet.set_mandate(agent.principal, mandate)
        return mandate

    return put


@pytest.fixture
def ether(web3, entry_point):
    """All that a wallet has of it, deposit included (wei)."""
    return lambda wallet: web3.eth.get_balance(wallet.address) + deposit(entry_point, wallet)


def deposit(entry_point: EntryPoint, account: Any) -> int:
    """What an account has put in ahead (wei)."""
    return int(entry_point.read("balanceOf", account.address))


# Operations


@pytest.fixture
def acts(bundler, entry_point, now):
    """A signed operation of an agent's, a verb as in `AgentWallet.sign_action`, with gas limits that do; fields as overridden."""

    def build(agent, verb, *arguments, by=None, lane=0, period=None, width=PERIOD, **fields):
        wallet = agent.wallet
        number = now() // width if period is None else period
        operation = UserOperation(
            sender=wallet.address,
            nonce=entry_point.next_nonce(wallet.address, wallet.nonce_key(lane)),
            call_data=EXECUTE + number.to_bytes(4) + wallet.action(verb, *arguments),
        )
        return bundler.sign(replace(priced(operation), **fields), by or agent.agent)

    return build


@pytest.fixture
def pays(acts, usdc, payee):
    """A signed operation that pays a dollar; fields as overridden."""

    def build(agent, amount=1, **fields):
        return acts(agent, "pay", usdc.address, payee.address, amount, **fields)

    return build


@pytest.fixture
def orders(bundler, entry_point):
    """A signed operation of the principal's: the calldata of any function of the wallet; fields as overridden."""

    def build(agent, function, *arguments, by=None, lane=0, **fields):
        operation = UserOperation(
            sender=agent.wallet.address,
            nonce=entry_point.next_nonce(agent.wallet.address, lane),
            call_data=bytes(HexBytes(agent.wallet.call_data(function, *arguments))),
        )
        return bundler.sign(replace(priced(operation), **fields), by or agent.principal)

    return build


@pytest.fixture
def unborn(web3, suite, new_mandate, principal, now):
    """An agent whose wallet isn't there yet: all is signed, and its address known. With it goes how it is created."""
    key = Account.from_key(keccak(text="unborn"))

    def prepare(**overrides):
        mandate = new_mandate(**{"agent_key": key.address, "gas_terms": TERMS, **overrides})
        uri, until = "https://agents.example/77.json", now() + 3600
        creation = suite.factory.prepare(suite.registry, mandate, principal, key, uri, STATEMENT_HASH, until, salt=77)
        return Agent(0, AgentWallet(web3, creation.wallet), mandate, key, principal, 0), creation

    return prepare


@pytest.fixture
def births(bundler, suite, usdc, payee, now):
    """A signed operation that creates the wallet, and pays a dollar from it; fields as overridden."""

    def build(agent, creation, amount=1, **fields):
        create = suite.factory.call_data(
            "createAgent", creation.mandate.as_tuple(), creation.salt, creation.enrollment()
        )
        action = agent.wallet.action("pay", usdc.address, payee.address, amount)
        operation = UserOperation(
            sender=creation.wallet,
            nonce=int.from_bytes(agent.mandate.hash()[:16]) << 128,
            call_data=EXECUTE + (now() // PERIOD).to_bytes(4) + action,
            factory=suite.factory.address,
            factory_data=bytes(HexBytes(create)),
        )
        birth = {"verification_gas_limit": 2_500_000, **fields}
        return bundler.sign(replace(priced(operation), **birth), agent.agent)

    return build


def priced(operation: UserOperation) -> UserOperation:
    """The operation with the usual gas limits, at two gwei."""
    limited = with_gas(operation, VERIFICATION, CALL, PRE_VERIFICATION, 0)
    return replace(limited, max_fee_per_gas=2 * GWEI, max_priority_fee_per_gas=GWEI)


def at(fee: int) -> dict[str, int]:
    """Fees at which the bundler gets all that is offered (wei per gas)."""
    return {"max_fee_per_gas": fee, "max_priority_fee_per_gas": fee}


PAID_BY_GAS = 200_000
"""The limit for a paymaster's verification: the first charge after a long time writes the whole window anew."""


def paid_by(paymaster: Any) -> dict[str, Any]:
    """Fields that have a paymaster pay."""
    return {"paymaster": paymaster.address, "paymaster_verification_gas_limit": PAID_BY_GAS}


@pytest.fixture
def validate(bundler, entry_point):
    """Asks the wallet as the EntryPoint does, and pays it nothing: the answer as signed or not, from when and until when."""

    def ask(operation, sender=None, missing=0):
        wallet = AgentWallet(bundler.web3, operation.sender)
        arguments = (operation.packed(), bundler.hash(operation), missing)
        return unpacked(wallet.read("validateUserOp", *arguments, sender=sender or entry_point.address))

    return ask


def unpacked(data: int) -> tuple[bool, int, int]:
    """The EntryPoint's validation data: whether signed, after which second, and until which one (inclusive)."""
    return data & (2**160 - 1) == 0, data >> 208, data >> 160 & (2**48 - 1)


# Bundles


@dataclass(frozen=True)
class Bundle:
    """What became of a bundle."""

    included: bool
    taken: int
    """What TAKER got of it (wei)."""
    events: tuple[Event, ...]
    gas_used: int

    def named(self, name: str) -> list[Event]:
        """The events of this name."""
        return [event for event in self.events if event.name == name]

    @property
    def succeeded(self) -> list[bool]:
        """Of each operation."""
        return [event.arguments["success"] for event in self.named("UserOperationEvent")]

    @property
    def reasons(self) -> list[bytes]:
        """Why operations failed that say so."""
        return [event.arguments["revertReason"] for event in self.named("UserOperationRevertReason")]


@pytest.fixture
def force(web3, relayer, entry_point):
    """Sends a bundle without asking first what becomes of it, as a bundler of ill will may."""

    def send(*operations, gas=20_000_000):
        before = web3.eth.get_balance(TAKER)
        data = entry_point.call_data("handleOps", [each.packed() for each in operations], TAKER)
        receipt = transact(web3, relayer, entry_point.address, data, gas)
        done = receipt_of(web3, receipt)
        taken = web3.eth.get_balance(TAKER) - before
        return Bundle(receipt["status"] == 1, taken, done.events, receipt["gasUsed"])

    return send


def transact(web3: Any, signer: Any, to: str, data: str, gas: int) -> Any:
    """Sends a transaction whatever becomes of it; its receipt."""
    transaction = {
        "to": to,
        "data": data,
        "gas": gas,
        "gasPrice": 100 * GWEI,
        "nonce": web3.eth.get_transaction_count(signer.address),
        "chainId": web3.eth.chain_id,
    }
    sent = web3.eth.send_raw_transaction(signer.sign_transaction(transaction).raw_transaction)
    return web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.02)
