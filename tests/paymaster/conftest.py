"""A principal's paymaster with a stake, a deposit of one ether, and gas terms for one agent without ether."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import GasTerms, PrincipalPaymaster
from verification.testing.user_operation_fixtures import (  # noqa: F401
    bundler,
    created,
    entry_point,
    ether,
    every_entry_point,
    fund,
    prepare_agent,
    replace_mandate,
    send_bundle,
    sign_action,
    sign_creation,
    sign_payment,
    sign_principal_call,
    validate,
    version,
)
from verification.testing.user_operations import TERMS, deposit, paid_by, unpacked


@pytest.fixture(scope="module")
def paymaster(web3, deploy, suite, principal, sponsored_agent):
    """The principal's paymaster."""
    address = deploy("PrincipalPaymaster", suite.factory.address, principal.address).address
    paymaster = PrincipalPaymaster(web3, address)
    paymaster.deposit(principal, 1)
    paymaster.add_stake(principal, 1, timedelta(days=1))
    paymaster.set_gas_terms(principal, sponsored_agent.wallet.address, TERMS)
    return paymaster


@pytest.fixture(scope="module")
def sponsored_agent(new_agent, other_agent):
    """An agent whose wallet has no ether, and whose mandate has no gas terms."""
    return new_agent(key=other_agent, gas_terms=GasTerms())


@pytest.fixture(scope="module")
def checkpoint(paymaster, checkpoint):
    """Takes the first snapshot after the paymaster is deployed."""
    return checkpoint


@pytest.fixture
def sign_sponsored_payment(sign_payment, paymaster):  # noqa: F811
    """Signs a payment whose gas the paymaster pays. Keyword arguments override the fields of the operation."""

    def sign(agent, amount=1, **fields):
        return sign_payment(agent, amount, **{**paid_by(paymaster), **fields})

    return sign


@pytest.fixture
def validate_paymaster(bundler, entry_point, paymaster):  # noqa: F811
    """Calls `validatePaymasterUserOp` as the EntryPoint. Returns whether it pays, and its period of validity."""

    def ask(operation, sender=None):
        arguments = (operation.packed(), bundler.hash(operation), operation.max_cost)
        context, data = paymaster.read("validatePaymasterUserOp", *arguments, sender=sender or entry_point.address)
        assert context == b""
        return unpacked(data)

    return ask


@pytest.fixture
def paymaster_deposit(entry_point, paymaster):  # noqa: F811
    """The paymaster's deposit at the EntryPoint (wei)."""
    return lambda: deposit(entry_point, paymaster)
