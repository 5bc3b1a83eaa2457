"""The gas of a paymaster's validation. `docs/user-operations.md` names a limit that suffices for every operation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import Pay
from verification.testing.user_operations import PERIOD, paid_by

ENOUGH = 100_000
"""The limit that the documents name."""
TOO_LITTLE = 40_000
"""Less than a validation in a new period needs."""
PERIODS = 10
"""More than a window has, so that its ring of eight entries is full and one falls out."""


@pytest.fixture
def pay(sponsored_agent, sign_sponsored_payment, send_bundle):
    """Whether a sponsored payment is included with this limit for the paymaster's validation."""

    def pay(limit=ENOUGH):
        operation = sign_sponsored_payment(sponsored_agent, paymaster_verification_gas_limit=limit)
        return send_bundle(operation).succeeded == [True]

    return pay


def test_a_new_period_needs_more_than_the_lowest_limit(pay, time_travel):
    assert pay()
    time_travel(PERIOD)
    assert not pay(TOO_LITTLE)
    assert pay()


def test_the_limit_suffices_in_every_state_of_the_window(pay, time_travel):
    """First charge, each further period, a full ring, and after a long sleep."""
    for _ in range(PERIODS):
        assert pay()
        time_travel(PERIOD)
    time_travel(10 * 8 * PERIOD)
    assert pay()
    time_travel(3 * PERIOD)
    assert pay()


def test_the_limit_suffices_for_a_long_operation(
    sponsored_agent, sign_action, send_bundle, paymaster, usdc, payee, time_travel
):
    """The EntryPoint's copy of the operation counts toward the limit too."""
    batch = [Pay(usdc.address, payee.address, 1) for _ in range(20)]
    fields = {**paid_by(paymaster), "paymaster_verification_gas_limit": ENOUGH, "call_gas_limit": 1_000_000}
    for _ in range(2):
        operation = sign_action(sponsored_agent, "pay_batch", batch, **fields)
        assert send_bundle(operation).succeeded == [True]
        time_travel(PERIOD)


def test_the_limit_suffices_with_a_heartbeat(pay, time_travel, suite, principal):
    """The paymaster reads when it ends."""
    suite.switch.set_heartbeat(principal, timedelta(days=30))
    for _ in range(PERIODS):
        assert pay()
        time_travel(PERIOD)


def test_the_limit_suffices_for_the_principals_creation_of_an_agent(prepare_agent, bundler, suite, paymaster):
    """Nothing exists at the wallet's address, which holds nothing."""
    agent, creation = prepare_agent()
    operation = bundler.creation_operation(suite.factory, creation, agent.principal, paymaster=paymaster)
    assert 0 < operation.paymaster_verification_gas_limit < ENOUGH
    bundler.wait(bundler.send(operation))
    assert agent.wallet.enforces(agent.mandate)
