"""Fixtures of the attacks: a rogue agent with every power that a mandate can grant, its accomplices, and the measurement.

Every test in this folder is an attack. Its docstring describes it, and its fixture `attack` measures what left the watched wallets.
A test without an attempt fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from eth_utils import keccak

from peculium import (
    NATIVE,
    Argument,
    Authorization,
    Budget,
    ChequeBook,
    Domain,
    EntryPoint,
    GasTerms,
    Pay,
    SelfBundler,
    Token,
    UserOperation,
    Window,
    errors,
)
from peculium.operations import ENTRY_POINT, EXECUTE
from verification.attacks.attack import Attack
from verification.testing.actions import action_of
from verification.testing.agents import Agent
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.guards import guard_selector

USDC = Domain("USD Coin", "2")
SETTLE = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
TAKE = keccak(text="take()")[:4]
"""A function of a target that is the agent's accomplice."""
PERIOD = DAY // 8
"""Length of the periods of the gas terms (seconds). An operation names a period by its number."""
LOCKED = errors.ReentrancyGuardReentrantCall
AMPLE = 15_000_000
"""A gas limit that is always enough. An estimate would find the least gas with which an inner failure is swallowed."""

FAILURES = {
    "no code": "0x",
    "destroys itself": "0x33ff",
    "burns gas": "0x5b5f56",
    "reverts": "0x5f5ffd",
    "reverts with 100,000 bytes": "0x620186a05ffd",
    "returns 100,000 bytes": "0x620186a05ff3",
    "answers nothing": "0x00",
    "answers true": "0x60015f5260205ff3",
}
"""Codes of a guard that fails, whatever it is asked."""


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Any:
    """Measures at the end of every test, still inside it, so that a theft is a failure and not an error."""
    result = yield
    attack = pyfuncitem.funcargs.get("attack")
    description = " ".join((pyfuncitem.function.__doc__ or "").split())
    assert attack is not None, "an attack needs the fixture `attack`"
    assert description, "an attack needs a docstring"
    record = attack.finish(pyfuncitem.originalname, description)
    pyfuncitem.user_properties.append(("attack", json.dumps(asdict(record))))
    return result


@pytest.fixture(scope="session")
def accomplice(stranger):
    """A payee that no mandate lists."""
    return stranger


@pytest.fixture(scope="module")
def vault(deploy):
    """An honest listed contract."""
    return deploy("MockVault")


@pytest.fixture(scope="module")
def target(deploy):
    """A listed accomplice that makes the call that it was prepared with."""
    return deploy("MockTarget")


@pytest.fixture(scope="module")
def colluder(deploy, web3):
    """A listed accomplice that makes a series of calls, and holds ether."""
    contract = deploy("Colluder")
    web3.provider.make_request("anvil_setBalance", [contract.address, hex(10**20)])
    return contract


@pytest.fixture(scope="session")
def entry_point(web3):
    """The EntryPoint v0.8."""
    return EntryPoint(web3, ENTRY_POINT)


@pytest.fixture(scope="session")
def bundler(web3, relayer):
    """An allied bundler: the relayer submits the operations and receives their fees."""
    return SelfBundler(web3, relayer, ENTRY_POINT)


@pytest.fixture(scope="session")
def fund(web3) -> Callable[..., None]:
    """Sets the balance of an address (ether)."""

    def give(address: str, ether: Any) -> None:
        web3.provider.make_request("anvil_setBalance", [address, hex(int(Decimal(str(ether)) * 10**18))])

    return give


@pytest.fixture(scope="module")
def powers(vault, target, colluder, usdc, dai, usdt) -> dict[str, Any]:
    """Every power that a mandate can grant besides payments. The accomplices' rules have a variant for each token."""
    arguments = (Argument.equal(usdc.address), Argument.at_most(100 * 10**6))
    calls = [call_rule(vault.address, "deposit(address,uint256)", arguments, pull_limit=100, token=usdc.address)]
    for variant, token in enumerate((usdc, dai, usdt)):
        terms = {"pull_limit": 100, "token": token.address, "variant": variant}
        calls.append(call_rule(target.address, "take()", **terms))
        calls.append(call_rule(colluder.address, "take()", value_limit="0.1", **terms))
    return {
        "calls": tuple(calls),
        "cheque_books": (ChequeBook(usdc.address, 1, Decimal(1), timedelta(days=1)),),
        "max_requests": 2,
        "max_request_age": timedelta(days=2),
        "max_authorization_age": timedelta(days=3),
        "gas_terms": GasTerms(Decimal("0.01"), Decimal("0.02"), timedelta(days=1)),
    }


@pytest.fixture(scope="module")
def budgets(usdc, dai, usdt, payee, colluder) -> tuple[Budget, Budget]:
    """100 USD per payment and 500 per day, less the cheque book's limit; 0.1 ether per payment and 0.2 per day."""
    dollars = Budget(
        "USD",
        100,
        10_000,
        (Window(timedelta(days=1), 500),),
        tuple(Token(token.address, token.decimals) for token in (usdc, dai, usdt)),
        (payee.address, colluder.address),
    )
    ether = Budget(
        "ETH",
        "0.1",
        1,
        (Window(timedelta(days=1), "0.2"),),
        (Token(NATIVE, 18),),
        (payee.address, colluder.address),
        decimals=18,
    )
    return dollars, ether


@pytest.fixture(scope="module")
def new_rogue(new_agent, budgets, powers, fund) -> Callable[..., Agent]:
    """Creates an agent with these powers and ten ether, overridden as given."""

    def create(**overrides: Any) -> Agent:
        agent: Agent = new_agent(**{"budgets": budgets, **powers, **overrides})
        fund(agent.wallet.address, 10)
        return agent

    return create


@pytest.fixture(scope="module")
def rogue(new_rogue) -> Agent:
    """A rogue agent with a million of each token in its wallet."""
    return new_rogue()


@pytest.fixture
def attack(web3, rogue, entry_point, usdc, dai, usdt) -> Attack:
    """The measurement. It watches the rogue's wallet from the start."""
    record = Attack(web3, entry_point)
    record.watch(rogue, usdc, dai, usdt)
    return record


# Steps of several attacks


@pytest.fixture
def pay(rogue, usdc, payee) -> Callable[..., Any]:
    """The rogue pays a listed payee."""
    return lambda amount=100, token=usdc, to=payee.address: rogue.wallet.pay(rogue.agent, token.address, to, amount)


@pytest.fixture
def take(rogue, target, usdc, dai, usdt) -> Callable[..., Any]:
    """The rogue calls the target with a pull of a token, under the variant of its rule for that token."""
    variants = {token.address: variant for variant, token in enumerate((usdc, dai, usdt))}

    def call(amount: Any = 100, by: Any = target, token: Any = usdc) -> Any:
        units = int(Decimal(amount) * 10**token.decimals)
        arguments = (by.address, variants[token.address], 0, TAKE, units, bytes(32))
        return rogue.wallet.send(rogue.agent, "call", *arguments, gas=AMPLE)

    return call


@pytest.fixture
def settle(usdc, relayer) -> Callable[..., Any]:
    """Settles an authorization of a wallet at the token, which anybody may do."""

    def at_the_token(wallet: Any, authorization: Authorization, signature: bytes = b"\0") -> Any:
        _, _, payee, amount, after, before, nonce, _, _ = authorization.as_tuple()
        return usdc.send(relayer, SETTLE, wallet.address, payee, amount, after, before, nonce, signature)

    return at_the_token


@pytest.fixture
def authorize(usdc, payee, now) -> Callable[..., Authorization]:
    """An authorization in dollars to the payee, valid for a day."""

    def make(amount: Any = 100, to: str | None = None, **fields: Any) -> Authorization:
        units = int(Decimal(amount) * 10**6)
        return Authorization(usdc.address, to or payee.address, units, now() + DAY, USDC, **fields)

    return make


@pytest.fixture
def regrant(rogue, new_mandate, budgets, powers) -> Callable[..., Any]:
    """The principal sets the same mandate again, overridden as given."""

    def grant(**overrides: Any) -> Any:
        fields = {"budgets": budgets, **powers, **overrides}
        mandate = new_mandate(**fields).in_round(rogue.wallet.round)
        # Not `set_mandate`, whose own checks would refuse what the wallet has to refuse.
        rogue.wallet.send(rogue.principal, "setMandate", mandate.as_tuple())
        return mandate

    return grant


@pytest.fixture
def drain(rogue, usdc, payee) -> Callable[..., Decimal]:
    """The rogue pays until nothing remains. Returns the sum (dollars)."""

    def pay_all() -> Decimal:
        paid = Decimal(0)
        while left := rogue.wallet.remaining("USD").now:
            rogue.wallet.pay(rogue.agent, usdc.address, payee.address, left)
            paid += left
        return paid

    return pay_all


@pytest.fixture
def operate(bundler, now) -> Callable[..., UserOperation]:
    """A signed operation of an agent with fixed gas limits, because an estimate would already be refused.

    `fee` in wei per gas; nothing is charged for the default of zero. Other fields as given.
    """

    def build(
        wallet: Any, key: Any, action: bytes, nonce_key: int = 0, period: int | None = None, fee: int = 0, **fields: Any
    ) -> Any:
        which = now() // PERIOD if period is None else period
        draft = UserOperation(
            sender=wallet.address,
            nonce=bundler.entry_point.next_nonce(wallet.address, wallet.nonce_key(nonce_key)),
            call_data=EXECUTE + which.to_bytes(4) + action,
            call_gas_limit=300_000,
            verification_gas_limit=300_000,
            pre_verification_gas=60_000,
            max_fee_per_gas=fee,
            max_priority_fee_per_gas=fee,
        )
        return bundler.sign(replace(draft, **fields), key)

    return build


@pytest.fixture
def pays(rogue, operate, usdc, payee) -> Callable[..., UserOperation]:
    """An operation in which the rogue pays a dollar."""

    def build(amount: Any = 1, **fields: Any) -> Any:
        action = rogue.wallet.action(Pay(usdc.address, payee.address, amount))
        return operate(rogue.wallet, fields.pop("key", rogue.agent), action, **fields)

    return build


# Reentry


@pytest.fixture
def handle_ops(bundler, accomplice):
    """The calldata with which anybody, also a contract, executes an operation."""
    return lambda operation: bundler.entry_point.call_data("handleOps", [operation.packed()], accomplice.address)


@pytest.fixture
def inner(mine, usdc, payee, accomplice, now, new_mandate, authorize, bundler, operate, handle_ops):
    """The calls by which an agent key that is a contract reenters, and the error of each while the wallet is locked.

    A file that uses it has the fixture `mine`: the agent, its wallet and its key.
    """
    wallet, transfer = mine.wallet, usdc.call_data("transfer", accomplice.address, 1)
    request = (usdc.address, accomplice.address, 1, bytes(32), now() + 3600)
    asked = (mine.key.address, 0, TAKE, usdc.address, 1, 0, bytes(32), now() + 3600)
    strangers = {"stranger_payment_limit": 100, "stranger_window_limit": 500}
    wider = new_mandate(**strangers, agent_key=mine.key.address).in_round(wallet.round)
    payment = (usdc.address, payee.address, 1, bytes(32))
    relayed = [
        wallet.sign_action(mine.key, action_of(*action), deadline=now() + DAY)
        for action in (("pay", usdc.address, payee.address, 1), ("call", mine.key.address, TAKE))
    ]
    operation = (wallet.address, 0, b"", b"", bytes(32), 0, bytes(32), b"", b"\1")
    calls = {
        "pay": (payment, LOCKED),
        "payBatch": (([payment] * 2,), LOCKED),
        "call": ((mine.key.address, 0, 0, TAKE, 1, bytes(32)), LOCKED),
        "preauthorize": ((authorize(1).as_tuple(), bytes(32)), LOCKED),
        "requestPayment": ((0, request), LOCKED),
        "closeAuthorizations": ((keccak(text="USD"), [authorize(1).as_tuple()]), LOCKED),
        "approveRequestSigned": ((0, request, 0, 9, 2**34, b""), LOCKED),
        "requestCall": ((0, asked), LOCKED),
        "approveCallSigned": ((0, asked, 0, 9, 2**34, b""), LOCKED),
        "cancelRequest": ((0, bytes(32)), errors.RequestMismatch),
        "approveRequest": ((0, request, 0), errors.NotPrincipal),
        "approveCall": ((0, asked, 0), errors.NotPrincipal),
        "execute": ((usdc.address, 0, transfer), errors.NotPrincipal),
        "executeBatch": (([(usdc.address, 0, transfer)],), errors.NotPrincipal),
        "executeSigned": (([(usdc.address, 0, transfer)], 0, 9, 2**34, b""), errors.BadPrincipalSignature),
        "withdraw": ((usdc.address, accomplice.address, 1), errors.NotPrincipal),
        "withdrawAll": ((NATIVE, accomplice.address), errors.NotPrincipal),
        "setMandate": ((wider.as_tuple(),), errors.NotPrincipal),
        "setMandateSigned": ((wider.as_tuple(), b"", b""), errors.BadPrincipalSignature),
        "liftMandate": ((), errors.NotPrincipal),
        "offerHandOver": ((accomplice.address, now() + 3600), errors.NotPrincipal),
        "acceptHandOver": ((), errors.NotPendingPrincipal),
        "initialize": ((wider.as_tuple(), ("", bytes(32), 2**34, b"", b"", b"")), errors.NotFactory),
        "validateUserOp": ((operation, bytes(32), 10**18), errors.NotEntryPoint),
        "executeUserOp": ((operation, bytes(32)), errors.NotEntryPoint),
    }
    steps = [(wallet.address, 0, wallet.call_data(name, *arguments)) for name, (arguments, _) in calls.items()]
    refusals = [refusal for _, refusal in calls.values()]
    for action in relayed:
        steps.append((wallet.address, 0, wallet.call_data("act", action.action, action.relay(), action.signature)))
        refusals.append(LOCKED)
    steps.append(
        (
            bundler.entry_point.address,
            0,
            handle_ops(operate(wallet, mine.key, wallet.action(Pay(usdc.address, payee.address, 1)))),
        )
    )
    # The EntryPoint accepts it, and the wallet refuses its execution.
    refusals.append(None)
    return steps, refusals


# Guards


@pytest.fixture(scope="module")
def guard(deploy):
    """A guard that can be made to do anything."""
    return deploy("GuardDouble")


@pytest.fixture
def behave(guard, relayer):
    """Sets how the guard answers one of its functions."""
    return lambda function, behavior, answer=b"": guard.send(
        relayer, "setBehavior", guard_selector(function), behavior, answer
    )


@pytest.fixture
def key_and_guard(attack, new_rogue, guard):
    """An agent whose key is its guard: it accepts every signature, and is the sender of its calls."""
    key = SimpleNamespace(
        address=guard.address, sign_message=lambda signable: SimpleNamespace(signature=b"\1"), dummy_signature=b"\1"
    )
    agent = new_rogue(key=key, guard=guard.address, cheque_books=())
    attack.watch(agent)
    return SimpleNamespace(agent=agent, wallet=agent.wallet, key=key, address=agent.wallet.address)
