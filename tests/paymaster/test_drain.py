"""Attacks on the principal's deposit by an agent and its bundler, through the gas fields (I25)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from peculium import errors
from verification.testing.user_operations import GWEI, HIGHEST_FEE, OPERATION_LIMIT, PERIOD, WINDOW_LIMIT, at_fee

FIELDS = (
    "call_gas_limit",
    "verification_gas_limit",
    "pre_verification_gas",
    "paymaster_verification_gas_limit",
    "paymaster_post_op_gas_limit",
    "max_fee_per_gas",
)


@pytest.mark.parametrize("bits", [120, 128])
@pytest.mark.parametrize("field", FIELDS)
def test_refuses_an_excessive_gas_field(
    field, bits, sponsored_agent, sign_sponsored_payment, send_bundle, paymaster_deposit, validate_paymaster
):
    before, operation = paymaster_deposit(), sign_sponsored_payment(sponsored_agent, **{field: 2**bits - 1})
    assert send_bundle(operation).included is False
    if bits == 120:
        with pytest.raises(errors.OperationCostExceeded):
            validate_paymaster(operation)
    assert paymaster_deposit() == before


def test_refuses_an_operation_with_an_invalid_signature_without_cost(
    sponsored_agent, sign_sponsored_payment, send_bundle, paymaster_deposit, bundler, stranger
):
    """The paymaster charges before the EntryPoint checks the signature. The revert undoes the charge."""
    before = paymaster_deposit()
    wrong = sign_sponsored_payment(sponsored_agent, by=stranger, **at_fee(HIGHEST_FEE // 2))
    assert send_bundle(wrong).included is False
    assert paymaster_deposit() == before
    assert send_bundle(replace(wrong, signature=b"")).included is False
    assert paymaster_deposit() == before


@pytest.mark.parametrize(
    "field",
    ["pre_verification_gas", "paymaster_verification_gas_limit", "paymaster_post_op_gas_limit", "call_gas_limit"],
)
def test_gas_limit_costs_at_most_the_operation_limit(
    field, sponsored_agent, sign_sponsored_payment, send_bundle, paymaster_deposit
):
    """The paymaster's own gas limits count like the others."""
    usual = sign_sponsored_payment(sponsored_agent)
    room = (OPERATION_LIMIT - usual.max_cost // 2) // GWEI
    operation = sign_sponsored_payment(sponsored_agent, **{field: getattr(usual, field) + room}, **at_fee(GWEI))
    assert operation.max_cost == OPERATION_LIMIT
    before = paymaster_deposit()
    bundle = send_bundle(operation, gas=25_000_000)
    assert bundle.included
    assert before - paymaster_deposit() == bundle.collected <= OPERATION_LIMIT
    assert (
        send_bundle(
            sign_sponsored_payment(
                sponsored_agent, nonce_key=1, **{field: getattr(usual, field) + room + 1}, **at_fee(GWEI)
            )
        ).included
        is False
    )


def test_a_day_of_the_most_expensive_operations_costs_the_window_limit(
    sponsored_agent, sign_sponsored_payment, send_bundle, paymaster_deposit, now, time_travel
):
    before, start = paymaster_deposit(), now() // PERIOD + 1
    for step, nonce_key in product(range(8), range(2)):
        if nonce_key == 0:
            time_travel(to=(start + step) * PERIOD)
        send_bundle(
            sign_sponsored_payment(
                sponsored_agent,
                amount=100,
                nonce_key=nonce_key,
                call_gas_limit=150_000,
                verification_gas_limit=100_000,
                **at_fee(HIGHEST_FEE),
            )
        )
    assert 0 < before - paymaster_deposit() <= WINDOW_LIMIT


def test_many_nonce_keys_in_one_bundle_share_the_limit(
    sponsored_agent, sign_sponsored_payment, send_bundle, paymaster_deposit
):
    before = paymaster_deposit()
    many = [
        sign_sponsored_payment(
            sponsored_agent,
            nonce_key=nonce_key,
            call_gas_limit=150_000,
            verification_gas_limit=100_000,
            **at_fee(HIGHEST_FEE // 6),
        )
        for nonce_key in range(13)
    ]
    assert send_bundle(*many).included is False
    bundle = send_bundle(*many[:12])
    assert bundle.included
    assert before - paymaster_deposit() == bundle.collected <= WINDOW_LIMIT
