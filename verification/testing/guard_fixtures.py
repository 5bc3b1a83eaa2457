"""Fixtures of the tests of guards. `tests/wallet/conftest.py` imports them by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from web3 import Web3

from peculium import (
    ERC20,
    NATIVE,
    Argument,
    Authorization,
    Budget,
    Contract,
    LimitedPayee,
    Mandate,
    Pay,
    Receipt,
    Token,
    Window,
)
from peculium.devnet.anvil import rpc
from peculium.wallet.refs import to_ref
from verification.testing.actions import action_of
from verification.testing.agents import Agent
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.guards import Behavior, GuardCall, calls_of_guard, guard_selector

USD, ETHER = 10**6, 10**18
TAKE, SELL = (keccak(text=each)[:4] for each in ("take()", "sell(uint256)"))
PATHS = (
    "pay",
    "pay in other decimals",
    "pay ether",
    "pay a stranger",
    "pay a limited payee",
    "payBatch",
    "call with a pull",
    "call with ether",
    "call with both",
    "call with an argument",
    "preauthorize",
    "act",
    "act with a batch",
    "act with a call",
    "act with a preauthorization",
    "act for a fee",
)
"""The actions that charge, by their names in the fixture `paths`."""


@pytest.fixture
def guard(checkpoint: Any, deploy: Callable[..., Contract]) -> Contract:
    """A guard that agrees to everything until a test sets its behavior."""
    contract: Contract = checkpoint.share("guard", lambda: deploy("GuardDouble"))
    return contract


@pytest.fixture
def behave(guard: Contract, relayer: LocalAccount) -> Callable[..., Receipt]:
    """Sets how the guard answers one of its functions, with these bytes where it needs some."""

    def set_behavior(function: str, behavior: Behavior, answer: bytes = b"") -> Receipt:
        return guard.send(relayer, "setBehavior", guard_selector(function), behavior, answer)

    return set_behavior


@pytest.fixture
def guarded(
    new_agent: Callable[..., Agent],
    new_mandate: Callable[..., Mandate],
    guard: Contract,
    target: Contract,
    payee: LocalAccount,
    relayer: LocalAccount,
    guardian: LocalAccount,
    usdc: ERC20,
    dai: ERC20,
    web3: Web3,
) -> Callable[..., Agent]:
    """Creates an agent with a guard and every power beside it: dollars and ether, strangers, calls and requests.

    The guardian is a payee with a limit of its own. The wallet has ten ether.
    """

    def create(**overrides: Any) -> Agent:
        listed = sorted((payee.address, relayer.address), key=str.lower)
        day = timedelta(days=1)
        strangers = {"stranger_payment_limit": 20, "stranger_window_limit": 40}
        (dollars,) = new_mandate(
            payees=listed, limited_payees=(LimitedPayee(guardian.address, 30),), **strangers
        ).budgets
        ether = Budget("ETH", 1, 5, (Window(day, 2),), (Token(NATIVE, 18),), tuple(listed), decimals=18)
        calls = (
            call_rule(target.address, "take()", token=usdc.address, pull_limit=50, value_limit=1),
            call_rule(target.address, "sell(uint256)", (Argument.charged(),), token=dai.address),
        )
        terms = {"calls": sorted(calls, key=lambda rule: rule.selector), "max_requests": 2, "max_request_age": day}
        agent = new_agent(**{"guard": guard.address, "budgets": (dollars, ether), **terms, **overrides})
        rpc(web3, "anvil_setBalance", agent.wallet.address, hex(10**19))
        return agent

    return create


@pytest.fixture
def guard_calls(web3: Web3, guard: Contract) -> Callable[[Receipt], list[GuardCall]]:
    """The calls of the guard in a transaction, in order."""
    return lambda receipt: calls_of_guard(web3, guard, receipt.transaction)


@pytest.fixture
def charged(created: Agent, payee: LocalAccount, usdc: ERC20) -> Callable[..., dict[str, Any]]:
    """A charge as the guard should see it, by default of one dollar to the payee; amounts are base units."""

    def make(
        token: str = usdc.address,
        to: str = payee.address,
        amount: int = USD,
        charge: int | None = None,
        ref: str | bytes = "",
        pending: bool = False,
    ) -> dict[str, Any]:
        return {
            "principal": created.principal.address,
            "currency": keccak(text="ETH" if token == NATIVE else "USD"),
            "token": token,
            "payee": to,
            "amount": amount,
            "charge": amount if charge is None else charge,
            "ref": ref if isinstance(ref, bytes) else to_ref(ref),
            "pending": pending,
        }

    return make


@pytest.fixture
def paths(
    created: Agent,
    charged: Callable[..., dict[str, Any]],
    usdc: ERC20,
    dai: ERC20,
    payee: LocalAccount,
    stranger: LocalAccount,
    guardian: LocalAccount,
    relayer: LocalAccount,
    target: Contract,
    authorization: Authorization,
    now: Callable[[], int],
) -> dict[str, tuple[Callable[[], Receipt], list[dict[str, Any]]]]:
    """Each action that charges, by name, with the charges about which it asks."""
    wallet, agent = created.wallet, created.agent

    def relayed(action: str, *arguments: Any, fee: tuple[str, Any] | None = None) -> Callable[[], Receipt]:
        signed = wallet.sign_action(
            agent, action_of(action, *arguments), deadline=now() + DAY, nonce=7, relayer=relayer.address, fee=fee
        )
        return lambda: wallet.act(relayer, signed)

    dollar = (usdc.address, payee.address, 1, "a reference")
    batch = [Pay(*dollar), Pay(dai.address, payee.address, 2), Pay(NATIVE, payee.address, "0.5", "b")]
    batched = [
        charged(ref="a reference"),
        charged(dai.address, amount=2 * ETHER, charge=2 * USD),
        charged(NATIVE, amount=ETHER // 2, ref="b"),
    ]
    pull, value = charged(to=target.address, amount=50 * USD, ref="c"), charged(NATIVE, target.address, ETHER, ref="c")
    argument = SELL + (3 * ETHER).to_bytes(32)
    fee = charged(dai.address, relayer.address, ETHER // 2, USD // 2, (7).to_bytes(32))
    dust = charged(dai.address, amount=1, charge=1)
    return {
        "pay": (lambda: wallet.pay(agent, *dollar), [charged(ref="a reference")]),
        "pay in other decimals": (
            lambda: wallet.pay(agent, dai.address, payee.address, Decimal(1).scaleb(-18)),
            [dust],
        ),
        "pay ether": (
            lambda: wallet.pay(agent, NATIVE, payee.address, 1),
            [charged(NATIVE, amount=ETHER)],
        ),
        "pay a stranger": (
            lambda: wallet.pay(agent, usdc.address, stranger.address, 20),
            [charged(to=stranger.address, amount=20 * USD)],
        ),
        "pay a limited payee": (
            lambda: wallet.pay(agent, usdc.address, guardian.address, 30),
            [charged(to=guardian.address, amount=30 * USD)],
        ),
        "payBatch": (lambda: wallet.pay_batch(agent, batch), batched),
        "call with a pull": (lambda: wallet.call(agent, target.address, TAKE, pull=50, ref="c"), [pull]),
        "call with ether": (lambda: wallet.call(agent, target.address, TAKE, value=1, ref="c"), [value]),
        "call with both": (lambda: wallet.call(agent, target.address, TAKE, 1, 50, ref="c"), [value, pull]),
        "call with an argument": (
            lambda: wallet.call(agent, target.address, argument),
            [charged(dai.address, target.address, 3 * ETHER, 3 * USD)],
        ),
        "preauthorize": (
            lambda: wallet.preauthorize(agent, authorization, "d"),
            [charged(amount=100 * USD, ref="d", pending=True)],
        ),
        "act": (relayed("pay", *dollar), [charged(ref="a reference")]),
        "act with a batch": (relayed("pay_batch", batch), batched),
        "act with a call": (relayed("call", target.address, TAKE, 0, 50, 0, "c"), [pull]),
        "act with a preauthorization": (
            relayed("preauthorize", authorization, "d"),
            [charged(amount=100 * USD, ref="d", pending=True)],
        ),
        "act for a fee": (relayed("pay", *dollar, fee=(dai.address, "0.5")), [charged(ref="a reference"), fee]),
    }


@pytest.fixture
def state(created: Agent, usdc: ERC20, dai: ERC20, web3: Web3, guardian: LocalAccount) -> Callable[[], tuple[Any, ...]]:
    """All that an action of the agent can change in the wallet."""
    wallet = created.wallet

    def read() -> tuple[Any, ...]:
        return (
            wallet.remaining("USD"),
            wallet.remaining("ETH"),
            wallet.spent("USD"),
            wallet.spent("ETH"),
            wallet.read("paidTo", "USD", guardian.address),
            wallet.held_authorizations(),
            wallet.is_action_spent(7),
            (
                usdc.balance(wallet.address),
                dai.balance(wallet.address),
                web3.eth.get_balance(web3.to_checksum_address(wallet.address)),
            ),
        )

    return read
