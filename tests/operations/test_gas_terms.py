"""Gas terms (I25): limits in wei per operation and per rolling window, charged in validation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peculium import GasTerms, errors
from verification.scenarios.model.ledger import BucketLedger
from verification.testing.refusals import refuses
from verification.testing.user_operations import (
    CALL,
    GWEI,
    HIGHEST_FEE,
    OPERATION_LIMIT,
    PERIOD,
    PRE_VERIFICATION,
    TERMS,
    VERIFICATION,
    WINDOW_LIMIT,
    at_fee,
)

MAX_START = 2**34


def test_refuses_a_drain_through_pre_verification_gas(created, sign_payment, send_bundle, bundler, ether):
    """Bundlers receive pre-verification gas without any work. Without a limit, 999 million of it cost 0.999 ether."""
    drain = sign_payment(created, pre_verification_gas=999_000_000, **at_fee(GWEI))
    before = ether(created.wallet)
    cost = (VERIFICATION + CALL + 999_000_000) * GWEI
    with refuses(errors.OperationCostExceeded, cost=cost, limit=OPERATION_LIMIT):
        bundler.send(drain)
    bundle = send_bundle(drain)
    assert (bundle.included, bundle.collected) == (False, 0)
    assert ether(created.wallet) == before


def test_refuses_a_drain_of_the_deposit(created, sign_payment, send_bundle, bundler, ether, entry_point, relayer):
    """With a deposit the EntryPoint requests no prefund, so a limit on the prefund would not suffice."""
    entry_point.deposit_to(relayer, created.wallet.address, 1)
    before = ether(created.wallet)
    drain = sign_payment(created, pre_verification_gas=999_000_000, **at_fee(GWEI))
    with refuses(errors.OperationCostExceeded, limit=OPERATION_LIMIT):
        bundler.send(drain)
    assert send_bundle(drain).included is False
    assert ether(created.wallet) == before
    assert send_bundle(sign_payment(created)).included is True
    assert before - ether(created.wallet) < OPERATION_LIMIT


def test_refuses_a_cost_one_wei_above_the_operation_limit(created, replace_mandate, sign_payment, validate):
    replace_mandate(
        created, gas_terms=GasTerms(Decimal(OPERATION_LIMIT - 1).scaleb(-18), TERMS.window_limit, TERMS.window)
    )
    with refuses(errors.OperationCostExceeded, cost=OPERATION_LIMIT, limit=OPERATION_LIMIT - 1):
        validate(sign_payment(created, **at_fee(HIGHEST_FEE)))


def test_refuses_a_maximum_fee_above_the_limit_at_any_priority_fee(created, sign_payment, validate):
    """The bundler may receive the maximum fee, whatever the base fee is."""
    with refuses(errors.OperationCostExceeded, cost=500_000 * (HIGHEST_FEE + 1), limit=OPERATION_LIMIT):
        validate(sign_payment(created, max_fee_per_gas=HIGHEST_FEE + 1, max_priority_fee_per_gas=0))


def test_refuses_the_smallest_cost_when_the_window_is_full(created, sign_payment, send_bundle, validate, bundler):
    """Two of the most expensive operations fill the window exactly."""
    send_bundle(sign_payment(created, **at_fee(HIGHEST_FEE)))
    assert created.wallet.read("operationGas")[2] == OPERATION_LIMIT
    with refuses(errors.OperationCostExceeded):
        validate(sign_payment(created, pre_verification_gas=PRE_VERIFICATION + 1, **at_fee(HIGHEST_FEE)))
    send_bundle(sign_payment(created, **at_fee(HIGHEST_FEE)))
    assert created.wallet.read("operationGas")[2] == 0
    smallest = sign_payment(created, verification_gas_limit=0, pre_verification_gas=0, **at_fee(1))
    cost = smallest.max_cost
    with refuses(errors.WindowLimitExceeded, charge=cost, remaining=0, length=86_400):
        validate(smallest)


def test_refuses_every_cost_under_zero_gas_terms(
    created, replace_mandate, sign_payment, send_bundle, validate, ether, fund
):
    replace_mandate(created, gas_terms=GasTerms())
    before = ether(created.wallet)
    for fields in ({}, at_fee(1), {"verification_gas_limit": 0, "pre_verification_gas": 0, **at_fee(1)}):
        operation = sign_payment(created, period=0, **fields)
        with refuses(errors.OperationCostExceeded, cost=operation.max_cost, limit=0):
            validate(operation)
        assert send_bundle(operation).included is False
    assert ether(created.wallet) == before
    assert tuple(created.wallet.read("operationGas")) == (0, 0, 0, 0)


def test_refuses_a_future_period_without_restoring_capacity(
    created, sign_payment, send_bundle, validate, now, time_travel
):
    """Validation accepts an operation of a future period, but the EntryPoint reverts it together with its charge."""
    send_bundle(sign_payment(created, **at_fee(HIGHEST_FEE)), sign_payment(created, nonce_key=1, **at_fee(HIGHEST_FEE)))
    ahead = now() // PERIOD + 64
    future = sign_payment(created, nonce_key=2, period=ahead, **at_fee(HIGHEST_FEE))
    assert validate(future)[0] is True
    assert send_bundle(future).included is False
    present = sign_payment(created, nonce_key=3, **at_fee(HIGHEST_FEE))
    with refuses(errors.WindowLimitExceeded, remaining=0):
        validate(present)
    # In one bundle, the future operation advances the window, but the whole bundle reverts.
    assert send_bundle(future, present).included is False
    assert created.wallet.read("operationGas")[2] == 0
    time_travel(next_at=ahead * PERIOD)
    assert send_bundle(future).included is True


def test_refuses_an_operation_of_a_past_period(created, sign_payment, send_bundle, now, time_travel):
    """The EntryPoint refuses it, so the window stays unused."""
    past = sign_payment(created, **at_fee(HIGHEST_FEE))
    time_travel(to=(now() // PERIOD + 1) * PERIOD)
    assert send_bundle(past).included is False
    assert created.wallet.read("operationGas")[2] == WINDOW_LIMIT


def test_refuses_a_period_that_begins_too_late(created, sign_payment, validate):
    """The ledger has 26 bits for a bucket."""
    last = MAX_START // PERIOD
    assert validate(sign_payment(created, period=last))[0] is True
    for period in (last + 1, 2**32 - 1):
        with refuses(errors.InvalidPeriod, start=period * PERIOD, maximum=MAX_START):
            validate(sign_payment(created, period=period))


def test_refuses_periods_that_would_overflow_validation_timestamps(
    created, replace_mandate, sign_payment, validate, send_bundle, now
):
    """With the longest window, starts can exceed 48 bits. Truncated, some of them would be valid now."""
    longest = GasTerms(Decimal("0.01"), Decimal("0.02"), timedelta(seconds=8 * (2**24 - 1)))
    replace_mandate(created, gas_terms=longest)
    width = 2**24 - 1
    for turns in (1, 100, 254):
        period = -(-turns * 2**48 // width) + now() // width
        assert abs(period * width % 2**48 - now()) < 2 * width
        operation = sign_payment(created, period=period)
        with refuses(errors.InvalidPeriod, start=period * width, maximum=MAX_START):
            validate(operation)
        assert send_bundle(operation).included is False


def test_refuses_a_new_agent_key_above_the_window_limit(
    created, replace_mandate, sign_payment, send_bundle, other_agent
):
    """A28."""
    send_bundle(sign_payment(created, **at_fee(HIGHEST_FEE)), sign_payment(created, nonce_key=1, **at_fee(HIGHEST_FEE)))
    replace_mandate(created, agent_key=other_agent.address)
    assert created.wallet.read("operationGas")[2] == 0
    assert send_bundle(sign_payment(created, by=other_agent)).included is False


@pytest.mark.parametrize("field", ["call_gas_limit", "verification_gas_limit", "pre_verification_gas"])
def test_operation_limit_is_exact_to_the_unit_of_gas(field, created, sign_payment, validate):
    usual = {
        "call_gas_limit": CALL,
        "verification_gas_limit": VERIFICATION,
        "pre_verification_gas": PRE_VERIFICATION,
    }
    assert (CALL + VERIFICATION + PRE_VERIFICATION) * HIGHEST_FEE == OPERATION_LIMIT
    assert validate(sign_payment(created, **at_fee(HIGHEST_FEE)))[0] is True
    over = sign_payment(created, **{field: usual[field] + 1}, **at_fee(HIGHEST_FEE))
    with refuses(errors.OperationCostExceeded, cost=OPERATION_LIMIT + HIGHEST_FEE, limit=OPERATION_LIMIT):
        validate(over)


def test_charges_the_window_the_maximum_cost(created, sign_payment, send_bundle):
    """Validation can't know the actual cost."""
    bundle = send_bundle(sign_payment(created))
    remaining_wei = created.wallet.read("operationGas")[2]
    assert WINDOW_LIMIT - remaining_wei == 500_000 * 2 * GWEI > bundle.collected


def test_window_limit_is_exact_to_the_wei(created, sign_payment, send_bundle, validate):
    """Exactly the remaining amount fits; one wei more does not."""
    below_half = sign_payment(created, pre_verification_gas=PRE_VERIFICATION - 1, **at_fee(HIGHEST_FEE))
    send_bundle(below_half)
    remaining_wei = created.wallet.read("operationGas")[2]
    assert remaining_wei == OPERATION_LIMIT + HIGHEST_FEE
    send_bundle(sign_payment(created, pre_verification_gas=PRE_VERIFICATION - 1, **at_fee(HIGHEST_FEE)))
    remaining_wei = created.wallet.read("operationGas")[2]
    assert remaining_wei == 2 * HIGHEST_FEE
    # The charge is the last check, so reaching it shows that no other check refuses so little gas.
    for gas, fits in ((2 * HIGHEST_FEE, True), (2 * HIGHEST_FEE + 1, False)):
        operation = sign_payment(created, verification_gas_limit=0, pre_verification_gas=gas - CALL, **at_fee(1))
        assert operation.max_cost == gas
        if fits:
            assert validate(operation)[0] is True
            continue
        with refuses(errors.WindowLimitExceeded, charge=gas, remaining=2 * HIGHEST_FEE, length=86_400):
            validate(operation)


def test_operation_without_cost_needs_no_gas_terms(
    created, replace_mandate, sign_payment, send_bundle, ether, usdc, payee
):
    """A bundler may send operations without a fee."""
    replace_mandate(created, gas_terms=GasTerms())
    before = ether(created.wallet)
    bundle = send_bundle(sign_payment(created, period=0, **at_fee(0)))
    assert (bundle.succeeded, bundle.collected) == ([True], 0)
    assert ether(created.wallet) == before
    assert usdc.balance(payee.address) == 1


@pytest.mark.parametrize("first", [0, 1, 4, 7])
def test_cost_in_any_interval_stays_within_the_window_limit(
    first, created, replace_mandate, sign_payment, send_bundle, ether, now, time_travel
):
    """I25. Sends one operation per period and compares each result with the model."""
    replace_mandate(created, gas_terms=GasTerms(Decimal("0.01"), Decimal("0.02"), timedelta(days=1)))
    model, log = BucketLedger(), []
    period = now() // PERIOD + 1 + first
    model.open(period * PERIOD, PERIOD)
    for step in range(0, 22, 1 + first % 3):
        moment = (period + step) * PERIOD + (0, PERIOD - 1, 17)[step % 3]
        fee = (HIGHEST_FEE, HIGHEST_FEE // 2, HIGHEST_FEE)[step % 3]
        operation = sign_payment(created, period=period + step, **at_fee(fee))
        expected = model.add(moment, operation.max_cost, WINDOW_LIMIT, 2**96 - 1)
        before = ether(created.wallet)
        time_travel(next_at=moment)
        assert send_bundle(operation).included is (expected is None)
        log.append((moment, before - ether(created.wallet)))
    for end, _ in log:
        assert sum(paid for when, paid in log if end - 86_400 < when <= end) <= WINDOW_LIMIT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 12), st.sampled_from([1, 2, 10**15, 5 * 10**15, OPERATION_LIMIT, OPERATION_LIMIT + 1])
        ),
        min_size=1,
        max_size=25,
    )
)
def test_validation_agrees_with_the_model(web3, created, sign_payment, bundler, entry_point, now, costs):
    """Any costs in any order, each in the period that it names, in one simulation."""
    start = now() // PERIOD + 1
    model, blocks, expected, period = BucketLedger(), [], [], start
    model.open(start * PERIOD, PERIOD)
    template = sign_payment(created)
    for nonce_key, (later, cost) in enumerate(costs):
        period += later
        # At a fee of one wei the gas limits give any cost to the wei.
        operation = replace(
            template,
            nonce=(template.nonce >> 128 << 128) | nonce_key << 64,
            call_data=template.call_data[:4] + period.to_bytes(4) + template.call_data[8:],
            verification_gas_limit=0,
            call_gas_limit=CALL,
            pre_verification_gas=max(cost - CALL, 0),
            **at_fee(1),
        )
        operation = bundler.sign(operation, created.agent)
        call = {"from": entry_point.address, "to": created.wallet.address, "gas": hex(2_000_000)}
        data = created.wallet.call_data("validateUserOp", operation.packed(), bundler.hash(operation), 0)
        blocks.append({"blockOverrides": {"time": hex(period * PERIOD + nonce_key)}, "calls": [{**call, "data": data}]})
        if operation.max_cost > OPERATION_LIMIT:
            expected.append("0x0")
        else:
            refused = model.add(period * PERIOD, operation.max_cost, WINDOW_LIMIT, 2**96 - 1)
            expected.append("0x1" if refused is None else "0x0")
    answer = web3.provider.make_request("eth_simulateV1", [{"blockStateCalls": blocks}, "latest"])
    assert [block["calls"][0]["status"] for block in answer["result"]] == expected


def test_replaced_mandate_restores_no_capacity(created, replace_mandate, sign_payment, send_bundle, principal):
    """Neither does a mandate without gas terms in between, or one with another window."""
    send_bundle(sign_payment(created, **at_fee(HIGHEST_FEE)), sign_payment(created, nonce_key=1, **at_fee(HIGHEST_FEE)))

    def remaining_wei():
        return created.wallet.read("operationGas")[2]

    assert remaining_wei() == 0
    replace_mandate(created)
    assert remaining_wei() == 0
    created.wallet.lift_mandate(principal)
    replace_mandate(created)
    assert remaining_wei() == 0
    replace_mandate(created, gas_terms=GasTerms())
    replace_mandate(created)
    assert remaining_wei() == 0
    replace_mandate(created, gas_terms=GasTerms(Decimal("0.01"), Decimal("0.02"), timedelta(days=2)))
    assert remaining_wei() == 0
    replace_mandate(created)
    assert remaining_wei() == 0
    replace_mandate(created, gas_terms=GasTerms(Decimal("0.01"), Decimal("0.03"), timedelta(days=1)))
    assert remaining_wei() == 10**16


def test_gas_counts_toward_no_budget(created, sign_payment, send_bundle, usdc):
    """The cost of gas counts in the gas terms and in no currency."""
    send_bundle(sign_payment(created, **at_fee(HIGHEST_FEE)))
    assert created.wallet.spent("USD") == 1
