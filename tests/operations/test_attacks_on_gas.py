"""Attacks on the wallet's ether by a rogue agent and its bundler, through the gas fields (I25)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from peculium import SelfBundler, errors
from verification.testing.user_operations import (
    GWEI,
    HIGHEST_FEE,
    OPERATION_LIMIT,
    PERIOD,
    WINDOW_LIMIT,
    at_fee,
    transact,
)

LIMITS = ("call_gas_limit", "verification_gas_limit", "pre_verification_gas")
FEES = ("max_fee_per_gas", "max_priority_fee_per_gas")


def test_refuses_a_bundle_with_one_operation_above_the_window_limit(created, sign_payment, send_bundle, outflow):
    """The EntryPoint validates all operations first. Twelve fit the window; a thirteenth fails the bundle."""
    fee = HIGHEST_FEE // 6
    many = [sign_payment(created, amount=100, nonce_key=nonce_key, **at_fee(fee)) for nonce_key in range(13)]
    assert send_bundle(*many).included is False
    assert outflow() == (0, 0)
    bundle = send_bundle(*many[:12])
    assert bundle.succeeded == [True] * 5 + [False] * 7
    assert bundle.collected == outflow()[0] <= WINDOW_LIMIT
    assert outflow()[1] == 500


def test_refuses_the_same_operation_twice_in_one_bundle(created, sign_payment, send_bundle, outflow):
    operation = sign_payment(created)
    assert send_bundle(operation, operation).included is False
    assert outflow() == (0, 0)


@pytest.mark.parametrize("bits", [120, 128])
@pytest.mark.parametrize("field", [*LIMITS, *FEES])
def test_refuses_a_gas_field_at_its_maximum(field, bits, created, sign_payment, send_bundle, outflow, validate):
    """No overflow makes the cost small."""
    operation = sign_payment(created, **{field: 2**bits - 1})
    bundle = send_bundle(operation)
    if field == "max_priority_fee_per_gas":
        # The priority fee may be anything: `max_fee_per_gas` bounds the cost, and the wallet charges it.
        assert bundle.included is (bits == 120)
        assert bundle.collected == outflow()[0] <= operation.max_cost
        return
    assert bundle.included is False
    with pytest.raises(errors.OperationCostExceeded):
        validate(operation)
    assert outflow() == (0, 0)


def assert_refused_for_its_cost(validate, operation):
    """Asserts that the cost exceeds the limit, or overflows 256 bits and makes Solidity panic."""
    with pytest.raises(errors.ContractError) as refused:
        validate(operation)
    assert isinstance(refused.value, errors.OperationCostExceeded) or "panic 0x11" in str(refused.value)


def test_refuses_combinations_of_gas_fields_that_overflow(
    created, sign_payment, send_bundle, outflow, validate, bundler
):
    """All combinations of one and the maxima, and sums and products that are small modulo 2^256."""
    maxima = (2**120 - 1, 2**128 - 1)
    template = sign_payment(created)
    for values in product((1, *maxima), repeat=4):
        fields = dict(zip((*LIMITS, "max_fee_per_gas"), values, strict=True))
        if max(values) < 2**120 - 1:
            continue
        fields["call_gas_limit"] = max(fields["call_gas_limit"], 100_000)
        operation = bundler.sign(replace(template, **fields), created.agent)
        assert_refused_for_its_cost(validate, operation)
    wrapped = [
        {"pre_verification_gas": 2**256 - 450_000},
        {"pre_verification_gas": 2**256 - 450_000 + 1},
        {"pre_verification_gas": 2**255, "max_fee_per_gas": 2},
        {"pre_verification_gas": 2**128 - 450_000, "max_fee_per_gas": 2**128 - 1},
    ]
    for fields in wrapped:
        operation = bundler.sign(replace(template, **fields), created.agent)
        assert_refused_for_its_cost(validate, operation)
        assert send_bundle(operation).included is False
    assert outflow() == (0, 0)


def test_agent_that_bundles_itself_gets_at_most_the_window_limit(
    web3, created, sign_payment, agent, entry_point, outflow, now, time_travel, payee
):
    """For one day the agent sends the most expensive operations and receives their fees."""
    own_bundler = SelfBundler(web3, agent, entry_point.address)
    start = now() // PERIOD + 1
    for step in range(8):
        time_travel(to=(start + step) * PERIOD)
        for nonce_key in (0, 1):
            operation = sign_payment(created, amount=100, nonce_key=nonce_key, **at_fee(HIGHEST_FEE))
            data = entry_point.call_data("handleOps", [operation.packed()], agent.address)
            transact(web3, own_bundler.signer, entry_point.address, data, 2_000_000)
    wei, dollars = outflow()
    assert 0 < wei <= WINDOW_LIMIT
    assert dollars <= 500


def test_most_expensive_operation_costs_at_most_its_limit(created, sign_payment, send_bundle, outflow):
    """Most of it is pre-verification gas, which the EntryPoint pays whether or not it is used."""
    gas = OPERATION_LIMIT // GWEI - 450_000
    bundle = send_bundle(sign_payment(created, pre_verification_gas=gas, **at_fee(GWEI)))
    assert bundle.included
    assert OPERATION_LIMIT * 9 // 10 < bundle.collected == outflow()[0] <= OPERATION_LIMIT


def test_bundle_with_too_little_gas_fails_as_a_whole(created, sign_payment, send_bundle, outflow):
    """A bundler that supplies too little gas can't make a single operation fail (AA95)."""
    for gas in range(150_000, 600_000, 50_000):
        bundle = send_bundle(sign_payment(created), gas=gas)
        if bundle.included:
            assert bundle.succeeded == [True]
            break
        assert outflow() == (0, 0)
    assert outflow()[1] == 1
