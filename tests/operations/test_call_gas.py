"""The least gas for the execution of an agent's operation: enough to copy a stop, however long the operation is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hexbytes import HexBytes

from peculium import Budget, CallRule, Payment, Token, Window, decode_refusal
from peculium import exceptions as errors
from peculium.operations import least_call_gas
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.user_operations import TERMS, at_fee


@pytest.fixture
def worst_stop(suite, created, time_travel):
    """Everything at once: the epoch ended, all paused, the heartbeat missed. Nothing of it is in the stop word yet."""

    def stop(agent=created):
        switch, principal = suite.switch, agent.principal
        switch.send(principal, "setHeartbeat", DAY)
        time_travel(DAY)
        switch.pause_all(principal, principal.address)
        switch.revoke_all(principal, principal.address)

    return stop


@pytest.fixture
def leanest(bundler):
    """The same operation with exactly the least gas for its execution, signed anew."""

    def make(operation, signer, less=0):
        least = least_call_gas(operation) - less
        return bundler.sign(replace(operation, call_gas_limit=least), signer)

    return make


@pytest.fixture
def batch(sign_action, usdc, payee):
    """An operation of twenty payments: a long one."""

    def build(agent, **fields):
        return sign_action(agent, "pay_batch", [Payment(usdc.address, payee.address, 1) for _ in range(20)], **fields)

    return build


@pytest.fixture
def credulous_key(deploy, agent):
    """An agent key that is a contract, and takes anything for its signature."""
    contract = deploy("MockContractPrincipal", agent.address)
    contract.send(agent, "setBehavior", 1)

    class Key:
        address = contract.address
        sign_message = staticmethod(agent.sign_message)

    return Key()


def test_one_gas_less_than_the_least_is_refused_in_validation(created, sign_payment, leanest, validate, bundler):
    least = least_call_gas(sign_payment(created))
    with refuses(errors.CallGasTooLow, call_gas_limit=least - 1, minimum=least):
        validate(leanest(sign_payment(created), created.agent, less=1))
    with refuses(errors.CallGasTooLow, call_gas_limit=0, minimum=least):
        bundler.send(sign_payment(created, call_gas_limit=0))
    assert validate(leanest(sign_payment(created), created.agent))[0] is True


def test_every_byte_asks_for_more(created, sign_payment, sign_action, validate, usdc, payee):
    """Calldata, signature, and what a paymaster is told."""
    usual = sign_payment(created)
    longer = replace(usual, call_data=usual.call_data + bytes(320))
    assert least_call_gas(longer) - least_call_gas(usual) == 4 * 320
    told = replace(usual, paymaster=payee.address, paymaster_data=bytes(320))
    assert least_call_gas(told) - least_call_gas(usual) >= 4 * 320
    signed = replace(usual, signature=bytes(65 + 320))
    assert least_call_gas(signed) - least_call_gas(usual) == 4 * 320


@pytest.mark.parametrize("shape", ["sign_payment", "batch"])
def test_the_least_gas_copies_the_worst_stop(
    shape, request, created, leanest, worst_stop, send_bundle, usdc, payee, suite
):
    build = request.getfixturevalue(shape)
    worst_stop()
    operation = leanest(build(created), created.agent)
    bundle = send_bundle(operation)
    assert bundle.succeeded == [True]
    assert isinstance(decode_refusal(bundle.named("OperationStopped")[0].arguments["reason"]), errors.EpochEnded)
    word = suite.switch.read("stopWord", created.principal.address, created.wallet.address)
    assert tuple(word) == (False, True, True)
    assert usdc.balance(payee.address) == 0
    assert send_bundle(build(created)).included is False


@pytest.mark.parametrize("length", [10_000, 40_000])
def test_calldata_padded_for_length_copy_the_worst_stop(
    length, created, sign_payment, bundler, worst_stop, send_bundle, validate
):
    """Zeros behind the arguments, as many as an operation within the gas terms can pay for, and more."""
    worst_stop()
    usual = sign_payment(created)
    operation = replace(
        usual, call_data=usual.call_data + bytes(length), verification_gas_limit=900_000, **at_fee(10**9)
    )
    operation = bundler.sign(replace(operation, call_gas_limit=least_call_gas(operation)), created.agent)
    bundle = send_bundle(operation)
    assert bundle.succeeded == [True]
    assert len(bundle.named("OperationStopped")) == 1


def test_a_key_with_a_long_signature_copies_the_worst_stop(
    new_agent, credulous_key, agent, suite, sign_payment, bundler, worst_stop, send_bundle, fund, principal
):
    """A contract that says yes to anything, and so to any length."""
    created = new_agent(key=credulous_key, gas_terms=TERMS)
    fund(created.wallet.address, 1)
    worst_stop(created)
    operation = replace(
        sign_payment(created, by=agent), signature=bytes(20_000), verification_gas_limit=900_000, **at_fee(10**9)
    )
    operation = replace(operation, call_gas_limit=least_call_gas(operation))
    bundle = send_bundle(operation)
    assert bundle.succeeded == [True]
    assert len(bundle.named("OperationStopped")) == 1


def test_a_key_that_takes_the_estimates_signature_is_estimated(new_agent, credulous_key, usdc, payee, bundler, fund):
    """An estimate is made without the key: with a contract that says yes to anything it was refused for want of call gas."""
    created = new_agent(key=credulous_key, gas_terms=TERMS)
    fund(created.wallet.address, 1)
    assert bundler.perform(created.wallet, credulous_key, "pay", usdc.address, payee.address, 1).event("PaymentMade")


def test_the_largest_mandate_leaves_enough(
    new_agent,
    new_mandate,
    other_agent,
    deploy,
    usdc,
    payee,
    sign_payment,
    leanest,
    worst_stop,
    send_bundle,
    fund,
    vault,
):
    """What is read before the switch is asked grows with the mandate."""
    tokens = [deploy("MockStablecoin", f"Token {i}", f"T{i}", 6).address for i in range(31)] + [usdc.address]
    payees = [*(f"0x{i:040x}" for i in range(10_000, 10_007)), payee.address]
    budgets = tuple(
        Budget(
            currency=f"C{n}",
            decimals=6,
            payment_limit=100,
            lifetime_limit=10_000,
            windows=tuple(Window(timedelta(hours=8 * (i + 1)), 500 + i) for i in range(4)),
            tokens=tuple(Token(token, 6) for token in tokens[8 * n : 8 * n + 8]),
            payees=tuple(sorted(payees, key=lambda each: int(each, 16))),
        )
        for n in range(4)
    )
    calls = tuple(CallRule(vault, f"f{i}(uint256)", ()) for i in range(64))
    mandate = new_mandate(budgets=budgets, gas_terms=TERMS, calls=sorted_calls(calls), agent_key=other_agent.address)
    large = new_agent(mandate=mandate, key=other_agent)
    fund(large.wallet.address, 1)
    worst_stop(large)
    bundle = send_bundle(leanest(sign_payment(large), large.agent))
    assert bundle.succeeded == [True]
    assert len(bundle.named("OperationStopped")) == 1


@pytest.fixture
def vault(deploy):
    """A contract that may be listed."""
    return deploy("MockVault").address


def sorted_calls(calls):
    return tuple(sorted(calls, key=lambda rule: rule.selector))


def test_the_least_gas_is_too_little_to_pay_and_moves_nothing(created, sign_payment, leanest, send_bundle, usdc, payee):
    """Looked at again when it is carried out, so that no estimate ends below what validation takes."""
    bundle = send_bundle(leanest(sign_payment(created), created.agent))
    assert bundle.succeeded == [False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.CallGasTooLow)
    assert usdc.balance(payee.address) == 0


def test_the_look_at_the_gas_left_is_no_way_around_the_copy(
    web3, created, sign_payment, bundler, entry_point, worst_stop
):
    """With any gas at all above the least, a stopped operation copies the stop or, far below, reverts and leaves nothing done:
    it never goes through without the copy."""
    worst_stop()
    operation = sign_payment(created)
    data = created.wallet.call_data("executeUserOp", operation.packed(), bundler.hash(operation))
    intrinsic = 21_000 + sum(16 if byte else 4 for byte in HexBytes(data))
    least = least_call_gas(operation)
    copied = created.wallet.web3.keccak(text="OperationStopped(bytes32,bytes)")
    for gas in (*range(2_000, least, 1_500), least, least + 1, least + 20_000, 10 * least):
        # Warm as in a bundle: there validation has been at all of it before.
        block = {"calls": [call(entry_point, created.wallet, data, intrinsic + gas)]}
        answer = web3.provider.make_request("eth_simulateV1", [{"blockStateCalls": [block]}, "latest"])
        (result,) = answer["result"][0]["calls"]
        topics = [log["topics"][0] for log in result["logs"]]
        assert (result["status"] == "0x1") == (copied.to_0x_hex() in topics)
        if gas >= least:
            assert result["status"] == "0x1"


def call(entry_point, wallet, data, gas):
    return {"from": entry_point.address, "to": wallet.address, "data": data, "gas": hex(gas)}


def test_a_live_agents_operation_is_never_told_to_be_stopped(web3, created, sign_payment, bundler, entry_point):
    """With too little gas to ask the switch the catch would take its silence for a stop: that needs less than the least."""
    operation = sign_payment(created)
    data = created.wallet.call_data("executeUserOp", operation.packed(), bundler.hash(operation))
    intrinsic = 21_000 + sum(16 if byte else 4 for byte in HexBytes(data))
    copied = created.wallet.web3.keccak(text="OperationStopped(bytes32,bytes)").to_0x_hex()
    least = least_call_gas(operation)
    for gas in range(least, least + 200_000, 4_000):
        block = {"calls": [call(entry_point, created.wallet, data, intrinsic + gas)]}
        answer = web3.provider.make_request("eth_simulateV1", [{"blockStateCalls": [block]}, "latest"])
        assert copied not in [log["topics"][0] for log in answer["result"][0]["calls"][0]["logs"]]


def test_an_estimate_ends_at_what_validation_takes(created, bundler, usdc, payee, validate):
    arguments = (created.wallet, created.agent, "pay", usdc.address, payee.address, Decimal(1))
    operation = bundler.agent_operation(*arguments)
    assert operation.call_gas_limit >= least_call_gas(operation)
    assert validate(operation)[0] is True
    bundler.wait(bundler.send(operation))
    assert usdc.balance(payee.address) == 1
