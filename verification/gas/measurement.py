"""Runs all measurements on a devnet of their own."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress

from peculium.devnet import Devnet, run_anvil
from verification.gas.authorizations import measure_authorizations
from verification.gas.calls import measure_calls
from verification.gas.lists import measure_lists
from verification.gas.payment_requests import measure_requests
from verification.gas.payments import measure_payments, measure_variants, measure_windows
from verification.gas.principal import create_agents, manage_wallet, stop_agents
from verification.gas.setup import Setup
from verification.gas.user_operations import measure_user_operations

START = 1_800_000_000
"""The time of the first block (unix seconds)."""
MEASUREMENTS = (
    create_agents,
    measure_payments,
    measure_windows,
    measure_variants,
    measure_user_operations,
    measure_calls,
    measure_authorizations,
    measure_requests,
    measure_lists,
    manage_wallet,
    stop_agents,
)


def measure(console: Console) -> dict[str, int]:
    """The gas used by each measured transaction, by the name of its row."""
    figures: dict[str, int] = {}
    with run_anvil(START) as web3, Progress(console=console, transient=True) as progress:
        setup = Setup(Devnet(web3))
        for each in progress.track(MEASUREMENTS, description="Measuring"):
            figures |= each(setup)
    return figures
