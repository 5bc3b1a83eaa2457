"""User operations of an agent with a guard: asked in execution only, and never about the cost of the operation (I34)."""

from __future__ import annotations

import pytest
from eth_utils import keccak

from peculium import decode_refusal, errors
from peculium.wallet.refs import to_ref
from verification.testing.guards import Behavior, calls_of_guard, guard_selector
from verification.testing.user_operations import TERMS


@pytest.fixture
def guard(checkpoint, deploy):
    """A guard that agrees to everything until a test sets its behavior."""
    return checkpoint.share("guard", lambda: deploy("GuardDouble"))


@pytest.fixture
def created(checkpoint, new_agent, guard, fund):
    """An agent with a guard and gas terms, and one ether in its wallet."""

    def create():
        agent = new_agent(gas_terms=TERMS, guard=guard.address)
        fund(agent.wallet.address, 1)
        return agent

    return checkpoint.share("created", create)


@pytest.fixture
def behave(guard, relayer):
    """Sets how the guard answers when it is asked about a charge."""
    return lambda behavior, answer=b"": guard.send(relayer, "setBehavior", guard_selector("onCharge"), behavior, answer)


@pytest.mark.parametrize("behavior", [Behavior.REVERTS, Behavior.ANSWERS, Behavior.BURNS_GAS])
def test_refused_operation_pays_nothing_but_its_gas(behavior, created, behave, sign_payment, send_bundle, outflow):
    behave(behavior, b"no")
    operation = sign_payment(created)
    bundle = send_bundle(operation)
    assert bundle.included
    _, dollars = outflow()
    assert (dollars, created.wallet.spent("USD")) == (0, 0)
    (reason,) = bundle.reasons
    refusal = decode_refusal(reason)
    assert type(refusal) is errors.GuardRefused
    assert refusal.reason == (b"" if behavior == Behavior.BURNS_GAS else b"no")


def test_asks_once_in_execution_about_the_payment_alone(created, guard, sign_payment, send_bundle, usdc, payee, web3):
    """The operation's gas is limited by the mandate's gas terms, and nobody is asked about it."""
    bundle = send_bundle(sign_payment(created))
    (paid,) = bundle.named("PaymentMade")
    (asked,) = calls_of_guard(web3, guard, paid.transaction)
    assert asked.arguments["charge"] == {
        "principal": created.principal.address,
        "currency": keccak(text="USD"),
        "token": usdc.address,
        "payee": payee.address,
        "amount": 10**6,
        "charge": 10**6,
        "ref": to_ref(bytes(32)),
        "pending": False,
    }


def test_validates_without_the_guard(created, guard, sign_payment, validate, web3):
    """Validation may call no contract that others can change (ERC-7562)."""
    web3.provider.make_request("anvil_setCode", [guard.address, "0xfe"])
    assert validate(sign_payment(created))[0] is True


def test_principals_operation_needs_no_guard(created, guard, sign_principal_call, send_bundle, usdc, stranger, web3):
    web3.provider.make_request("anvil_setCode", [guard.address, "0xfe"])
    operation = sign_principal_call(created, "withdraw", usdc.address, stranger.address, 7)
    assert send_bundle(operation).included
    assert usdc.read("balanceOf", stranger.address) == 7


@pytest.mark.parametrize("outer", ["execute", "executeBatch"])
@pytest.mark.parametrize("function", ["onCharge", "onClose"])
def test_principals_operation_cannot_call_the_guard_as_the_wallet(
    function, outer, created, guard, sign_principal_call, send_bundle
):
    """A wallet makes these calls by itself only, also if its principal signs an operation."""
    call = (guard.address, 0, guard_selector(function) + bytes(256))
    touched = guard.read("touches")
    arguments = call if outer == "execute" else ([call],)
    bundle = send_bundle(sign_principal_call(created, outer, *arguments))
    assert bundle.included
    (reason,) = bundle.reasons
    refusal = decode_refusal(reason)
    assert type(refusal) is errors.ReservedForGuards
    assert refusal.arguments == {"target": guard.address, "selector": guard_selector(function)}
    assert guard.read("touches") == touched
