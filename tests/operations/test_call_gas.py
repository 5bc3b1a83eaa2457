"""The minimum call gas of an agent's operation: enough to record a stop, for operations of every length."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hexbytes import HexBytes

from peculium import Budget, Pay, Token, Window, decode_refusal, errors
from peculium.operations import least_call_gas
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.user_operations import TERMS, at_fee


@pytest.fixture
def stop_in_every_way(suite, created, time_travel):
    """Ends the epoch, pauses all agents and misses the heartbeat. The stop word records none of it yet."""

    def stop(agent=created):
        switch, principal = suite.switch, agent.principal
        switch.send(principal, "setHeartbeat", DAY)
        time_travel(DAY)
        switch.pause_all(principal, principal.address)
        switch.revoke_all(principal, principal.address)

    return stop


@pytest.fixture
def with_least_gas(bundler):
    """Signs the operation again with exactly the minimum call gas."""

    def make(operation, signer, less=0):
        least = least_call_gas(operation) - less
        return bundler.sign(replace(operation, call_gas_limit=least), signer)

    return make


@pytest.fixture
def batch(sign_action, usdc, payee):
    """Signs a long operation: a batch of twenty payments."""

    def build(agent, **fields):
        return sign_action(agent, "pay_batch", [Pay(usdc.address, payee.address, 1) for _ in range(20)], **fields)

    return build


@pytest.fixture
def permissive_key(deploy, agent):
    """An agent key that is a contract and accepts every signature."""
    contract = deploy("MockContractPrincipal", agent.address)
    contract.send(agent, "setBehavior", 1)

    class Key:
        address = contract.address
        sign_message = staticmethod(agent.sign_message)

    return Key()


def test_refuses_one_gas_less_than_the_minimum_in_validation(created, sign_payment, with_least_gas, validate, bundler):
    least = least_call_gas(sign_payment(created))
    with refuses(errors.CallGasTooLow, call_gas_limit=least - 1, minimum=least):
        validate(with_least_gas(sign_payment(created), created.agent, less=1))
    with refuses(errors.CallGasTooLow, call_gas_limit=0, minimum=least):
        bundler.send(sign_payment(created, call_gas_limit=0))
    assert validate(with_least_gas(sign_payment(created), created.agent))[0] is True


@pytest.fixture
def vault(deploy):
    """A contract that call rules may list."""
    return deploy("MockVault").address


def sorted_calls(calls):
    return tuple(sorted(calls, key=lambda rule: rule.selector))


def test_refuses_a_payment_with_the_minimum_gas_in_execution(
    created, sign_payment, with_least_gas, send_bundle, usdc, payee
):
    """Execution checks the gas again, so that estimates do not end below the minimum of validation."""
    bundle = send_bundle(with_least_gas(sign_payment(created), created.agent))
    assert bundle.succeeded == [False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.CallGasTooLow)
    assert usdc.balance(payee.address) == 0


def test_minimum_grows_with_every_byte_of_the_operation(created, sign_payment, sign_action, validate, usdc, payee):
    """Calldata, signature and paymaster data."""
    usual = sign_payment(created)
    longer = replace(usual, call_data=usual.call_data + bytes(320))
    assert least_call_gas(longer) - least_call_gas(usual) == 4 * 320
    with_paymaster = replace(usual, paymaster=payee.address, paymaster_data=bytes(320))
    assert least_call_gas(with_paymaster) - least_call_gas(usual) >= 4 * 320
    signed = replace(usual, signature=bytes(65 + 320))
    assert least_call_gas(signed) - least_call_gas(usual) == 4 * 320


@pytest.mark.parametrize("shape", ["sign_payment", "batch"])
def test_minimum_gas_suffices_to_record_a_stop(
    shape, request, created, with_least_gas, stop_in_every_way, send_bundle, usdc, payee, suite
):
    build = request.getfixturevalue(shape)
    stop_in_every_way()
    operation = with_least_gas(build(created), created.agent)
    bundle = send_bundle(operation)
    assert bundle.succeeded == [True]
    assert isinstance(decode_refusal(bundle.named("OperationStopped")[0].arguments["reason"]), errors.EpochEnded)
    stop_word = suite.switch.read("stopWord", created.principal.address, created.wallet.address)
    assert tuple(stop_word) == (False, True, True)
    assert usdc.balance(payee.address) == 0
    assert send_bundle(build(created)).included is False


@pytest.mark.parametrize("length", [10_000, 40_000])
def test_minimum_gas_suffices_for_padded_calldata(
    length, created, sign_payment, bundler, stop_in_every_way, send_bundle, validate
):
    """Zeros follow the arguments: as many as the gas terms can pay for, and more."""
    stop_in_every_way()
    usual = sign_payment(created)
    operation = replace(
        usual, call_data=usual.call_data + bytes(length), verification_gas_limit=900_000, **at_fee(10**9)
    )
    operation = bundler.sign(replace(operation, call_gas_limit=least_call_gas(operation)), created.agent)
    bundle = send_bundle(operation)
    assert bundle.succeeded == [True]
    assert len(bundle.named("OperationStopped")) == 1


def test_minimum_gas_suffices_for_a_long_signature(
    new_agent, permissive_key, agent, suite, sign_payment, bundler, stop_in_every_way, send_bundle, fund, principal
):
    """A contract that accepts every signature accepts every length."""
    created = new_agent(key=permissive_key, gas_terms=TERMS)
    fund(created.wallet.address, 1)
    stop_in_every_way(created)
    operation = replace(
        sign_payment(created, by=agent), signature=bytes(20_000), verification_gas_limit=900_000, **at_fee(10**9)
    )
    operation = replace(operation, call_gas_limit=least_call_gas(operation))
    bundle = send_bundle(operation)
    assert bundle.succeeded == [True]
    assert len(bundle.named("OperationStopped")) == 1


def test_estimates_for_a_key_that_accepts_the_dummy_signature(new_agent, permissive_key, usdc, payee, bundler, fund):
    """The estimate uses a dummy signature, which such a key accepts, so execution must not fail for lack of gas."""
    created = new_agent(key=permissive_key, gas_terms=TERMS)
    fund(created.wallet.address, 1)
    assert bundler.perform(created.wallet, permissive_key, Pay(usdc.address, payee.address, 1)).event("PaymentMade")


def test_minimum_gas_suffices_under_the_largest_mandate(
    new_agent,
    new_mandate,
    other_agent,
    deploy,
    usdc,
    payee,
    sign_payment,
    with_least_gas,
    stop_in_every_way,
    send_bundle,
    fund,
    vault,
):
    """What the wallet reads before it calls the switch grows with the mandate."""
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
            stranger_payment_limit=1,
            stranger_window_limit=1,
        )
        for n in range(4)
    )
    calls = tuple(call_rule(vault, f"f{i}(uint256)", token=usdc.address) for i in range(64))
    mandate = new_mandate(budgets=budgets, gas_terms=TERMS, calls=sorted_calls(calls), agent_key=other_agent.address)
    large_agent = new_agent(mandate=mandate, key=other_agent)
    fund(large_agent.wallet.address, 1)
    stop_in_every_way(large_agent)
    bundle = send_bundle(with_least_gas(sign_payment(large_agent), large_agent.agent))
    assert bundle.succeeded == [True]
    assert len(bundle.named("OperationStopped")) == 1


def test_stopped_operation_succeeds_only_if_it_records_the_stop(
    web3, created, sign_payment, bundler, entry_point, stop_in_every_way
):
    """With the minimum gas or more it records the stop. With less it records the stop or reverts."""
    stop_in_every_way()
    operation = sign_payment(created)
    data = created.wallet.call_data("executeUserOp", operation.packed(), bundler.hash(operation))
    intrinsic = 21_000 + sum(16 if byte else 4 for byte in HexBytes(data))
    least = least_call_gas(operation)
    copied = created.wallet.web3.keccak(text="OperationStopped(bytes32,bytes)")
    for gas in (*range(2_000, least, 1_500), least, least + 1, least + 20_000, 10 * least):
        # Storage is cold here. In a bundle, validation has accessed it before, so execution needs less gas.
        block = {"calls": [call(entry_point, created.wallet, data, intrinsic + gas)]}
        answer = web3.provider.make_request("eth_simulateV1", [{"blockStateCalls": [block]}, "latest"])
        (result,) = answer["result"][0]["calls"]
        topics = [log["topics"][0] for log in result["logs"]]
        assert (result["status"] == "0x1") == (copied.to_0x_hex() in topics)
        if gas >= least:
            assert result["status"] == "0x1"


def call(entry_point, wallet, data, gas):
    return {"from": entry_point.address, "to": wallet.address, "data": data, "gas": hex(gas)}


def test_operation_of_a_live_agent_never_records_a_stop(web3, created, sign_payment, bundler, entry_point):
    """With too little gas the call to the switch would fail, and the wallet would take that for a stop."""
    operation = sign_payment(created)
    data = created.wallet.call_data("executeUserOp", operation.packed(), bundler.hash(operation))
    intrinsic = 21_000 + sum(16 if byte else 4 for byte in HexBytes(data))
    copied = created.wallet.web3.keccak(text="OperationStopped(bytes32,bytes)").to_0x_hex()
    least = least_call_gas(operation)
    for gas in range(least, least + 200_000, 4_000):
        block = {"calls": [call(entry_point, created.wallet, data, intrinsic + gas)]}
        answer = web3.provider.make_request("eth_simulateV1", [{"blockStateCalls": [block]}, "latest"])
        assert copied not in [log["topics"][0] for log in answer["result"][0]["calls"][0]["logs"]]


def test_estimate_passes_validation(created, bundler, usdc, payee, validate):
    arguments = (created.wallet, created.agent, Pay(usdc.address, payee.address, Decimal(1)))
    operation = bundler.agent_operation(*arguments)
    assert operation.call_gas_limit >= least_call_gas(operation)
    assert validate(operation)[0] is True
    bundler.wait(bundler.send(operation))
    assert usdc.balance(payee.address) == 1
