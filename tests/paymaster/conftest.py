"""A principal's paymaster at work: staked, with an ether to pay from, and gas terms for one agent whose own wallet pays nothing.

What these tests share with those of user operations is in tests/user_operations.py.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import GasTerms, PrincipalPaymaster
from tests.user_operations import *  # noqa: F403
from tests.user_operations import TERMS, deposit, paid_by


@pytest.fixture(scope="module")
def paymaster(web3, deploy, suite, entry_point, principal, served):
    """The principal's."""
    address = deploy("PrincipalPaymaster", suite.factory.address, principal.address).address
    made = PrincipalPaymaster(web3, address)
    made.deposit(principal, 1)
    made.add_stake(principal, 1, timedelta(days=1))
    made.set_gas_terms(principal, served.wallet.address, TERMS)
    return made


@pytest.fixture(scope="module")
def served(new_agent, other_agent):
    """An agent whose wallet has no ether, and whose mandate has no gas terms."""
    return new_agent(key=other_agent, gas_terms=GasTerms())


@pytest.fixture(scope="module")
def checkpoint(paymaster, checkpoint):
    """The state that tests start from includes the paymaster."""
    return checkpoint


@pytest.fixture
def asks(pays, paymaster):
    """A signed payment that the paymaster is asked to pay for; fields as overridden."""

    def build(agent, amount=1, **fields):
        return pays(agent, amount, **{**paid_by(paymaster), **fields})

    return build


@pytest.fixture
def judge(bundler, entry_point, paymaster):
    """Asks the paymaster as the EntryPoint does: signed or not, after which second, until which one (inclusive)."""

    def ask(operation, sender=None):
        arguments = (operation.packed(), bundler.hash(operation), operation.max_cost)
        context, data = paymaster.read("validatePaymasterUserOp", *arguments, sender=sender or entry_point.address)
        assert context == b""
        return data & (2**160 - 1) == 0, data >> 208, data >> 160 & (2**48 - 1)

    return ask


@pytest.fixture
def left(entry_point, paymaster):
    """The paymaster's deposit (wei)."""
    return lambda: deposit(entry_point, paymaster)
