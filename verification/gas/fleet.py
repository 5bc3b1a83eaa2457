"""Payments and pre-authorizations under a fleet budget: one budget over all wallets of a principal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from peculium import AgentWallet, Authorization, FleetBudget, Window
from peculium.deployments.deploy import deploy_fleet_budget
from peculium.devnet import artifact
from verification.gas.authorizations import DOMAIN, settle
from verification.gas.setup import DAY, Rows, Setup

ABOVE = "pay under a fleet budget, above the same payment"
"""The row for what a fleet budget with one window adds to a payment."""
LENGTHS = (1, 7, 30, 90)
"""Lengths of the windows (days)."""


def measure_fleet(setup: Setup) -> Rows:
    """Sets a fleet's budget, pays and preauthorizes under it with one and with four windows, and closes."""
    deployed = deploy_fleet_budget(
        setup.devnet.web3,
        setup.devnet.role("relayer"),
        artifact("FleetBudget"),
        setup.devnet.suite.factory.address,
        setup.principal.address,
    )
    fleet = FleetBudget(setup.devnet.web3, deployed.address)
    one, four = _windows(1), _windows(len(LENGTHS))
    created = fleet.set_budget(setup.principal, "USD", 200_000, one)
    changed = fleet.set_budget(setup.principal, "USD", 100_000, one)
    alone = setup.second_pay(*setup.new_agent("without a fleet"))
    agent = setup.new_agent("of a fleet", guard=fleet.address, max_authorization_age=timedelta(days=1))
    paid = setup.second_pay(*agent)
    authorizations = _authorizations(setup, fleet, agent)
    widened = fleet.set_budget(setup.principal, "USD", 100_000, four)
    return {
        "deploy a fleet budget": deployed.gas_used,
        "setBudget of a fleet, first in its currency": created,
        "setBudget of a fleet, other limits": changed,
        "setBudget of a fleet, three more windows": widened,
        "pay, second in its window, under a fleet budget": paid,
        "pay, second in its window, under a fleet budget with 4 windows": setup.second_pay(*agent),
        ABOVE: paid.gas_used - alone.gas_used,
        **authorizations,
    }


def _windows(count: int) -> Sequence[Window]:
    return [Window(timedelta(days=days), Decimal(500 * 4**i)) for i, days in enumerate(LENGTHS[:count])]


def _authorizations(setup: Setup, fleet: FleetBudget, agent: tuple[LocalAccount, AgentWallet]) -> Rows:
    """Preauthorizes three payments; closes one that was settled, and one that lapsed."""
    key, wallet = agent
    facilitator = setup.devnet.role("facilitator")
    expiry = setup.devnet.now() + DAY
    made = [
        Authorization(setup.usdc.address, setup.payee, 10**6, expiry, DOMAIN, keccak(text=f"of a fleet {number}"))
        for number in range(3)
    ]
    preauthorized = [wallet.preauthorize(key, each, "later") for each in made]
    settle(setup, facilitator, made[0], wallet.address, b"\0")
    settled = wallet.close_authorizations(facilitator, "USD", made[:1])
    setup.devnet.mine_at(expiry)
    lapsed = wallet.close_authorizations(facilitator, "USD", made[1:2])
    if fleet.remaining("USD").pending != 1:
        raise AssertionError("The fleet must have one authorization pending: the third of three.")
    return {
        "preauthorize under a fleet budget, first of its round": preauthorized[0],
        "preauthorize under a fleet budget, further of its round": preauthorized[1],
        "closeAuthorizations under a fleet budget, one that was settled": settled,
        "closeAuthorizations under a fleet budget, one that lapsed": lapsed,
    }
