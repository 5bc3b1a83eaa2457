"""What a rogue agent and its bundler get of a wallet's ether, whatever they write into the gas fields, each named after what is
tried (I25)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from peculium import SelfBundler
from peculium import exceptions as errors
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


def test_a_rogue_agent_that_bundles_itself(
    web3, created, sign_payment, agent, entry_point, outflow, now, time_travel, payee
):
    """A day of the dearest operations there may be, whose fees the agent gets itself."""
    own = SelfBundler(web3, agent, entry_point.address)
    start = now() // PERIOD + 1
    for step in range(8):
        time_travel(to=(start + step) * PERIOD)
        for nonce_key in (0, 1):
            operation = sign_payment(created, amount=100, nonce_key=nonce_key, **at_fee(HIGHEST_FEE))
            data = entry_point.call_data("handleOps", [operation.packed()], agent.address)
            transact(web3, own.signer, entry_point.address, data, 2_000_000)
    wei, dollars = outflow()
    assert 0 < wei <= WINDOW_LIMIT
    assert dollars <= 500


def test_a_colluding_bundler_with_many_operations_in_one_bundle(created, sign_payment, send_bundle, outflow):
    """Twelve lanes, which are all validated before any is carried out; a thirteenth takes all of them with it."""
    fee = HIGHEST_FEE // 6
    many = [sign_payment(created, amount=100, nonce_key=nonce_key, **at_fee(fee)) for nonce_key in range(13)]
    assert send_bundle(*many).included is False
    assert outflow() == (0, 0)
    bundle = send_bundle(*many[:12])
    assert bundle.succeeded == [True] * 5 + [False] * 7
    assert bundle.collected == outflow()[0] <= WINDOW_LIMIT
    assert outflow()[1] == 500


def test_a_bundle_of_the_same_operation_twice(created, sign_payment, send_bundle, outflow):
    operation = sign_payment(created)
    assert send_bundle(operation, operation).included is False
    assert outflow() == (0, 0)


@pytest.mark.parametrize("bits", [120, 128])
@pytest.mark.parametrize("field", [*LIMITS, *FEES])
def test_an_absurd_gas_field(field, bits, created, sign_payment, send_bundle, outflow, validate):
    """At its maximum: no overflow makes it cost little."""
    operation = sign_payment(created, **{field: 2**bits - 1})
    bundle = send_bundle(operation)
    if field == "max_priority_fee_per_gas":
        # Whatever a tip may be: what is taken is bounded by the other fee, which is charged.
        assert bundle.included is (bits == 120)
        assert bundle.collected == outflow()[0] <= operation.max_cost
        return
    assert bundle.included is False
    with pytest.raises(errors.OperationCostExceeded):
        validate(operation)
    assert outflow() == (0, 0)


def assert_too_dear(validate, operation):
    """Above the limit, or above 256 bits, where Solidity's own check refuses."""
    with pytest.raises(errors.ContractError) as refused:
        validate(operation)
    assert isinstance(refused.value, errors.OperationCostExceeded) or "panic 0x11" in str(refused.value)


def test_absurd_gas_fields_together(created, sign_payment, send_bundle, outflow, validate, bundler):
    """Every combination of one and the maximum; and sums and products that would be small if cut off at 256 bits."""
    maxima = (2**120 - 1, 2**128 - 1)
    template = sign_payment(created)
    for values in product((1, *maxima), repeat=4):
        fields = dict(zip((*LIMITS, "max_fee_per_gas"), values, strict=True))
        if max(values) < 2**120 - 1:
            continue
        fields["call_gas_limit"] = max(fields["call_gas_limit"], 100_000)
        operation = bundler.sign(replace(template, **fields), created.agent)
        assert_too_dear(validate, operation)
    wrapped = [
        {"pre_verification_gas": 2**256 - 450_000},
        {"pre_verification_gas": 2**256 - 450_000 + 1},
        {"pre_verification_gas": 2**255, "max_fee_per_gas": 2},
        {"pre_verification_gas": 2**128 - 450_000, "max_fee_per_gas": 2**128 - 1},
    ]
    for fields in wrapped:
        operation = bundler.sign(replace(template, **fields), created.agent)
        assert_too_dear(validate, operation)
        assert send_bundle(operation).included is False
    assert outflow() == (0, 0)


def test_the_dearest_that_may_be_takes_no_more_than_its_limit(created, sign_payment, send_bundle, outflow):
    """Nearly all of it before verification, where nothing has to be used up to be paid."""
    gas = OPERATION_LIMIT // GWEI - 450_000
    bundle = send_bundle(sign_payment(created, pre_verification_gas=gas, **at_fee(GWEI)))
    assert bundle.included
    assert OPERATION_LIMIT * 9 // 10 < bundle.collected == outflow()[0] <= OPERATION_LIMIT


def test_a_bundle_with_too_little_gas(created, sign_payment, send_bundle, outflow):
    """The bundler can't make an operation fail by what it gives: the whole bundle does (AA95)."""
    for gas in range(150_000, 600_000, 50_000):
        bundle = send_bundle(sign_payment(created), gas=gas)
        if bundle.included:
            assert bundle.succeeded == [True]
            break
        assert outflow() == (0, 0)
    assert outflow()[1] == 1
