"""What an agent and its bundler can get of the principal's deposit, whatever they write into the gas fields (I25)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from peculium import exceptions as errors
from tests.user_operations import DEAREST, GWEI, OPERATION_LIMIT, PERIOD, WINDOW_LIMIT, at

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
def test_an_absurd_gas_field(field, bits, served, asks, force, left, judge):
    before, operation = left(), asks(served, **{field: 2**bits - 1})
    assert force(operation).included is False
    if bits == 120:
        with pytest.raises(errors.OperationCostExceeded):
            judge(operation)
    assert left() == before


@pytest.mark.parametrize(
    "field",
    ["pre_verification_gas", "paymaster_verification_gas_limit", "paymaster_post_op_gas_limit", "call_gas_limit"],
)
def test_a_gas_limit_that_takes_all_that_one_may_cost(field, served, asks, force, left):
    """Also where the limit is the paymaster's own: it is charged like the others, and no more is paid."""
    usual = asks(served)
    room = (OPERATION_LIMIT - usual.max_cost // 2) // GWEI
    operation = asks(served, **{field: getattr(usual, field) + room}, **at(GWEI))
    assert operation.max_cost == OPERATION_LIMIT
    before = left()
    bundle = force(operation, gas=25_000_000)
    assert bundle.included
    assert before - left() == bundle.taken <= OPERATION_LIMIT
    assert force(asks(served, lane=1, **{field: getattr(usual, field) + room + 1}, **at(GWEI))).included is False


def test_a_day_of_the_dearest(served, asks, force, left, now, time_travel):
    before, start = left(), now() // PERIOD + 1
    for step, lane in product(range(8), range(2)):
        if lane == 0:
            time_travel(to=(start + step) * PERIOD)
        force(
            asks(served, amount=100, lane=lane, call_gas_limit=150_000, verification_gas_limit=100_000, **at(DEAREST))
        )
    assert 0 < before - left() <= WINDOW_LIMIT


def test_many_lanes_in_one_bundle(served, asks, force, left):
    before = left()
    many = [
        asks(served, lane=lane, call_gas_limit=150_000, verification_gas_limit=100_000, **at(DEAREST // 6))
        for lane in range(13)
    ]
    assert force(*many).included is False
    bundle = force(*many[:12])
    assert bundle.included
    assert before - left() == bundle.taken <= WINDOW_LIMIT


def test_an_agents_operation_that_names_no_signature(served, asks, force, left, bundler, stranger):
    """The paymaster charges before the EntryPoint looks at the signature; all of it is undone."""
    before = left()
    wrong = asks(served, by=stranger, **at(DEAREST // 2))
    assert force(wrong).included is False
    assert left() == before
    assert force(replace(wrong, signature=b"")).included is False
    assert left() == before
