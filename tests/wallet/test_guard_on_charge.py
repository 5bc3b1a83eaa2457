"""The guard is asked about every charge, after the wallet's own limits; without its agreement nothing happens (I34)."""

from __future__ import annotations

import pytest
from eth_utils import keccak

from peculium import errors
from verification.testing.guard_fixtures import PATHS, USD
from verification.testing.guards import Behavior, guard_selector, word
from verification.testing.refusals import refuses

SELECTOR = guard_selector("onCharge")
WRONG_ANSWERS = {
    "nothing": b"",
    "zero": bytes(32),
    "true": (1).to_bytes(32),
    "another selector": word(guard_selector("accepts")),
    "only the selector": SELECTOR,
    "a bit after the selector": SELECTOR + bytes(27) + b"\1",
    "31 bytes": word(SELECTOR)[:31],
    "33 bytes": word(SELECTOR) + b"\0",
    "64 bytes": word(SELECTOR) * 2,
    "256 bytes": word(SELECTOR) * 8,
}


@pytest.fixture
def created(checkpoint, guarded):
    return checkpoint.share("created", guarded)


# Refusals


@pytest.mark.parametrize("path", PATHS)
def test_refusal_leaves_nothing_behind(path, created, paths, state, guard, behave):
    """With the reason of the guard. Afterwards the same action is possible."""
    action, _ = paths[path]
    before = state()
    behave("onCharge", Behavior.REVERTS, b"not today")
    with refuses(errors.GuardRefused, guard=guard.address, reason=b"not today"):
        action()
    assert state() == before
    behave("onCharge", Behavior.AGREES)
    action()
    assert state() != before


@pytest.mark.parametrize("answer", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_refuses_any_answer_but_the_selector(answer, paths, state, guard, behave):
    before = state()
    behave("onCharge", Behavior.ANSWERS, answer)
    with refuses(errors.GuardRefused, guard=guard.address, reason=answer):
        paths["pay"][0]()
    assert state() == before


@pytest.mark.parametrize("length", [0, 32, 256, 257, 1000])
def test_repeats_at_most_256_bytes_of_the_reason(length, paths, guard, behave):
    reason = bytes(i % 251 for i in range(length))
    behave("onCharge", Behavior.REVERTS, reason)
    with refuses(errors.GuardRefused, guard=guard.address, reason=reason[:256]):
        paths["pay"][0]()


def test_the_selector_in_a_revert_is_no_agreement(paths, guard, behave):
    behave("onCharge", Behavior.REVERTS, word(SELECTOR))
    with refuses(errors.GuardRefused, guard=guard.address, reason=word(SELECTOR)):
        paths["pay"][0]()


def test_an_error_of_the_contracts_is_decoded(paths, guard, behave):
    behave("onCharge", Behavior.REVERTS, keccak(text="ZeroAmount()")[:4])
    with pytest.raises(errors.GuardRefused) as caught:
        paths["pay"][0]()
    assert type(caught.value.refusal) is errors.ZeroAmount


@pytest.mark.parametrize("path", ["pay", "call with a pull", "preauthorize", "act for a fee"])
def test_refuses_when_the_guard_burns_all_gas(path, paths, state, guard, behave):
    before = state()
    behave("onCharge", Behavior.BURNS_GAS)
    with refuses(errors.GuardRefused, guard=guard.address, reason=b""):
        paths[path][0]()
    assert state() == before


@pytest.mark.parametrize("code", ["0x", "0xef0100" + "88" * 20, "0x33ff", "0xfe"], ids=["none", "empty", "gone", "bad"])
def test_refuses_when_the_guard_has_lost_its_code(code, paths, state, guard, web3):
    """`gone` destroys itself when it is asked: since EIP-6780 it keeps its code, and answers nothing."""
    before = state()
    web3.provider.make_request("anvil_setCode", [guard.address, code])
    with refuses(errors.GuardRefused, guard=guard.address, reason=b""):
        paths["pay"][0]()
    assert state() == before


def test_one_refused_payment_refuses_the_batch(guard, paths, state, web3):
    """The guard refuses what has a reference that begins with `b`: the last of three payments."""
    assert [each["ref"][:1] for each in paths["payBatch"][1]] == [b"a", b"\0", b"b"]
    before = state()
    agrees_unless_b = "0x60c43560f81c606214601a57" + "5f3560e01c60e01b5f5260205ff3" + "5b5f5ffd"
    web3.provider.make_request("anvil_setCode", [guard.address, agrees_unless_b])
    paths["pay"][0]()
    with refuses(errors.GuardRefused, guard=guard.address, reason=b""):
        paths["payBatch"][0]()
    assert state()[2] == before[2] + 1


def test_package_finds_the_refusal_before_it_sends(created, usdc, payee, guard, behave):
    created.wallet.would_refuse(created.agent.address, usdc.address, payee.address, 1)
    behave("onCharge", Behavior.REVERTS, b"no")
    with refuses(errors.GuardRefused, guard=guard.address, reason=b"no"):
        created.wallet.would_refuse(created.agent.address, usdc.address, payee.address, 1)


@pytest.mark.parametrize("gas", range(60_000, 180_000, 6_000))
def test_too_little_gas_is_no_agreement(gas, created, charged, usdc, payee, guard, state, guard_calls):
    """A guard that runs out of gas hasn't agreed. Either it was asked to the end, or nothing was charged."""
    before = state()
    try:
        receipt = created.wallet.send(created.agent, "pay", usdc.address, payee.address, USD, bytes(32), gas=gas)
    except errors.ContractError:
        assert state() == before
        return
    assert [call.arguments["charge"] for call in guard_calls(receipt)] == [charged()]
    assert guard.read("touches") == 1
