"""What `doctor`, `plan`, `deploy` and `verify` have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.table import Column, Table

from peculium.cli.caller import Caller
from peculium.cli.keys import address_of
from peculium.deployments.entry_points import ENTRY_POINTS
from peculium.errors import InvalidInput, digits

if TYPE_CHECKING:
    from peculium.deployments.plan import DeploymentPlan

F = TypeVar("F", bound=Callable[..., Any])
MARKS = {"ok": "ok", "warn": "!", "fail": "FAIL"}
STYLES = {"ok": "", "warn": "yellow", "fail": "red"}


def entry_point_option(function: F) -> F:
    """Adds `--entry-point`."""
    return click.option(
        "--entry-point",
        metavar="ADDRESS",
        default=ENTRY_POINTS["0.8"],
        help="The ERC-4337 EntryPoint of all wallets. Default: version 0.8.",
    )(function)


def payer_option(function: F) -> F:
    """Adds `--from`."""
    return click.option(
        "--from", "payer", metavar="ADDRESS|NAME", help="Who would pay. Default: the profile's account."
    )(function)


def payer_address(caller: Caller, payer: str | None) -> str | None:
    """Returns the address of who would pay; None if nobody is named."""
    if payer is not None:
        return caller.address(payer)
    try:
        return address_of(caller)
    except InvalidInput:
        return None


def plan_table(plan: DeploymentPlan) -> Table:
    """Returns the contracts of a plan, in a table of 80 columns."""
    table = Table(
        "contract",
        Column("address", no_wrap=True),
        Column("bytes", justify="right"),
        Column("gas", justify="right"),
        box=None,
        pad_edge=False,
    )
    for each in plan.contracts:
        gas = f"{each.gas:,}" if each.gas else "exists" if each.state == "exists" else "other code"
        if each.state == "missing" and not each.gas:
            # Its creator's row has the gas.
            gas = "with ↑"
        table.add_row(each.name, each.address, str(each.size), gas)
    return table


def cost_sentence(plan: DeploymentPlan) -> str:
    """Says what a plan costs."""
    if plan.complete:
        return "All contracts exist. A deployment sends nothing."
    first = "The CREATE2 deployer is created first, for 0.01 of it. " if plan.deployer_missing else ""
    return (
        f"{len(plan.missing)} contracts are missing: {plan.gas:,} gas at {digits(plan.gas_price)} gwei cost about "
        f"{digits(plan.cost)} of the native currency now. {first}The account must have {digits(plan.needed)}, because each "
        "transaction offers more, for blocks that ask for more."
    )
