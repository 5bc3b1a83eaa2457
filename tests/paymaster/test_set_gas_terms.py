"""`setGasTerms` and `gasTermsOf`: what the paymaster pays for the agent of one wallet."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import GasTerms, errors
from verification.testing.refusals import refuses
from verification.testing.user_operations import (
    HIGHEST_FEE,
    OPERATION_LIMIT,
    PERIOD,
    TERMS,
    WINDOW_LIMIT,
    at_fee,
    paid_by,
)

LONGEST = 8 * (2**24 - 1)
MOST_EXPENSIVE = {"call_gas_limit": 150_000, "verification_gas_limit": 100_000, **at_fee(HIGHEST_FEE)}
"""Fields with which an operation can cost exactly the operation limit, with the paymaster's own gas."""


@pytest.mark.parametrize("role", ["agent", "other_agent", "stranger", "guardian", "other_principal"])
def test_refuses_gas_terms_from_others(role, request, paymaster, sponsored_agent, principal):
    caller = request.getfixturevalue(role)
    with refuses(errors.NotPrincipal, caller=caller.address, principal=principal.address):
        paymaster.set_gas_terms(caller, sponsored_agent.wallet.address, TERMS)


@pytest.mark.parametrize(
    ("operation", "window", "length"),
    [(0, 1, 86_400), (1, 0, 86_400), (1, 1, 0), (0, 0, 86_400), (2, 1, 86_400)],
    ids=["no operation", "no window", "no length", "only a length", "one above all"],
)
def test_refuses_contradictory_terms(operation, window, length, paymaster, sponsored_agent, principal):
    with refuses(errors.GasTermsContradict, operation_limit=operation, window_limit=window, window=length):
        paymaster.send(principal, "setGasTerms", sponsored_agent.wallet.address, (operation, window, length))


@pytest.mark.parametrize("length", [3_592, 3_601, 86_399, LONGEST + 8])
def test_refuses_an_unsupported_window(length, paymaster, sponsored_agent, principal):
    with refuses(errors.InvalidGasWindow, length=length, minimum=3_600, maximum=LONGEST):
        paymaster.send(principal, "setGasTerms", sponsored_agent.wallet.address, (1, 1, length))


def test_refuses_an_operation_after_the_terms_ended(
    paymaster, sponsored_agent, sign_sponsored_payment, validate_paymaster, send_bundle, paymaster_deposit, principal
):
    operation, before = sign_sponsored_payment(sponsored_agent), paymaster_deposit()
    paymaster.set_gas_terms(principal, sponsored_agent.wallet.address, GasTerms())
    with refuses(errors.OperationCostExceeded, limit=0):
        validate_paymaster(operation)
    assert send_bundle(operation).included is False
    assert paymaster_deposit() == before


@pytest.mark.parametrize("length", [3_600, LONGEST])
def test_accepts_the_shortest_and_the_longest_window(length, paymaster, sponsored_agent, principal):
    paymaster.send(principal, "setGasTerms", sponsored_agent.wallet.address, (1, 1, length))
    assert paymaster.gas_terms_of(sponsored_agent.wallet.address)[0].window == timedelta(seconds=length)


def test_stores_terms_and_emits_an_event(paymaster, created, principal):
    assert paymaster.gas_terms_of(created.wallet.address) == (GasTerms(), Decimal(0))
    receipt = paymaster.set_gas_terms(principal, created.wallet.address, TERMS)
    event = receipt.event("GasTermsSet")
    assert event.arguments["wallet"] == created.wallet.address
    assert dict(event.arguments["terms"]) == TERMS.message()
    assert paymaster.gas_terms_of(created.wallet.address) == (TERMS, TERMS.window_limit)


def test_charges_the_window_exactly(
    paymaster, sponsored_agent, sign_sponsored_payment, send_bundle, validate_paymaster
):
    """Two of the most expensive operations, with the paymaster's own gas, fill the window to the wei."""
    first, second = (
        sign_sponsored_payment(sponsored_agent, nonce_key=nonce_key, **MOST_EXPENSIVE) for nonce_key in range(2)
    )
    assert first.max_cost == OPERATION_LIMIT
    assert send_bundle(first, second).succeeded == [True, True]
    assert paymaster.read("gasTermsOf", sponsored_agent.wallet.address)[1] == 0
    least = sign_sponsored_payment(sponsored_agent, verification_gas_limit=0, pre_verification_gas=0, **at_fee(1))
    with refuses(errors.WindowLimitExceeded, charge=least.max_cost, remaining=0, length=86_400):
        validate_paymaster(least)


def test_capacity_returns_with_the_window(
    paymaster, sponsored_agent, sign_sponsored_payment, send_bundle, time_travel, now
):
    """A charge counts for eight more periods."""
    assert send_bundle(
        sign_sponsored_payment(sponsored_agent, **MOST_EXPENSIVE),
        sign_sponsored_payment(sponsored_agent, nonce_key=1, **MOST_EXPENSIVE),
    ).included
    period = now() // PERIOD
    time_travel(to=(period + 9) * PERIOD - 10)
    assert paymaster.read("gasTermsOf", sponsored_agent.wallet.address)[1] == 0
    assert send_bundle(sign_sponsored_payment(sponsored_agent, period=period + 8)).included is False
    time_travel(to=(period + 9) * PERIOD)
    assert paymaster.read("gasTermsOf", sponsored_agent.wallet.address)[1] == WINDOW_LIMIT
    assert send_bundle(sign_sponsored_payment(sponsored_agent)).included is True


def test_replacing_or_ending_terms_restores_no_capacity(
    paymaster, sponsored_agent, sign_sponsored_payment, send_bundle, principal
):
    send_bundle(
        sign_sponsored_payment(sponsored_agent, **MOST_EXPENSIVE),
        sign_sponsored_payment(sponsored_agent, nonce_key=1, **MOST_EXPENSIVE),
    )

    def remaining():
        return paymaster.read("gasTermsOf", sponsored_agent.wallet.address)[1]

    for terms in (TERMS, GasTerms(), GasTerms(TERMS.operation_limit, TERMS.window_limit, timedelta(days=7)), TERMS):
        paymaster.set_gas_terms(principal, sponsored_agent.wallet.address, terms)
        assert remaining() == 0
    paymaster.set_gas_terms(principal, sponsored_agent.wallet.address, GasTerms(1, Decimal("1.02"), timedelta(days=1)))
    assert remaining() == 10**18


def test_each_wallet_has_its_own_terms(
    paymaster, sponsored_agent, created, sign_sponsored_payment, sign_payment, send_bundle, principal
):
    """One agent's charges do not count for the other."""
    paymaster.set_gas_terms(principal, created.wallet.address, TERMS)
    fields = {**MOST_EXPENSIVE, **paid_by(paymaster)}
    assert send_bundle(
        *(sign_payment(sponsored_agent, nonce_key=nonce_key, **fields) for nonce_key in range(2))
    ).included
    assert paymaster.read("gasTermsOf", sponsored_agent.wallet.address)[1] == 0
    assert paymaster.read("gasTermsOf", created.wallet.address)[1] == WINDOW_LIMIT
    assert (
        send_bundle(
            sign_payment(sponsored_agent, nonce_key=2, **paid_by(paymaster)), sign_payment(created, **fields)
        ).included
        is False
    )
    assert send_bundle(sign_payment(created, **fields)).included
    assert paymaster.read("gasTermsOf", created.wallet.address)[1] == OPERATION_LIMIT


def test_does_not_charge_the_mandates_gas_terms(paymaster, created, sign_payment, send_bundle, principal):
    """Only the terms of the payer are charged."""
    paymaster.set_gas_terms(principal, created.wallet.address, TERMS)
    assert send_bundle(sign_payment(created, **paid_by(paymaster))).succeeded == [True]
    assert created.wallet.read("operationGas")[2] == WINDOW_LIMIT
