"""Runs all measurements on a devnet of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress

from peculium.devnet import Devnet, run_anvil
from verification.gas.authorizations import measure_authorizations, measure_closing
from verification.gas.cadence import measure_cadences
from verification.gas.calls import measure_calls, measure_requested_calls
from verification.gas.committed import GAS, PARTS, SIZES, committed
from verification.gas.fleet import measure_fleet
from verification.gas.lists import measure_lists
from verification.gas.payment_requests import measure_requests
from verification.gas.payments import measure_payments, measure_variants, measure_windows
from verification.gas.principal import create_agents, manage_wallet, stop_agents
from verification.gas.setup import Rows, Setup, gas_of
from verification.gas.sizes import sizes
from verification.gas.user_operations import measure_user_operations
from verification.gas.where import PAY, find_row, parts_of

START = 1_800_000_000
"""The time of the first block (unix seconds)."""
MEASUREMENTS = (
    create_agents,
    measure_payments,
    measure_windows,
    measure_variants,
    measure_user_operations,
    measure_calls,
    measure_requested_calls,
    measure_authorizations,
    measure_closing,
    measure_requests,
    measure_lists,
    manage_wallet,
    stop_agents,
    measure_cadences,
    measure_fleet,
)


@dataclass(frozen=True)
class Figures:
    """What a run measures."""

    gas: dict[str, int]
    """The gas of each row."""
    parts: dict[str, int]
    """Where the gas of the row `PAY` goes: the gas of each part."""
    sizes: dict[str, int]
    """Bytes of code of each contract."""

    @classmethod
    def committed(cls) -> Figures:
        """The committed figures."""
        return cls(committed(GAS), committed(PARTS), committed(SIZES))

    def by_file(self) -> dict[str, dict[str, int]]:
        """The content of the files with the committed figures."""
        return {GAS: self.gas, PARTS: self.parts, SIZES: self.sizes}


def measure(console: Console) -> Figures:
    """Runs all measurements."""
    rows: Rows = {}
    with _devnet() as setup:
        for measured in _run(setup, console):
            rows |= measured
        parts = parts_of(setup.devnet.web3, rows[PAY])
    return Figures({name: gas_of(row) for name, row in rows.items()}, parts, sizes())


def measure_where(console: Console, wanted: str) -> tuple[str, dict[str, int]]:
    """Runs measurements until one has the wanted row. Returns its name and where its gas goes.

    Raises `LookupError` if no row has this name, or it isn't one transaction.
    """
    rows: Rows = {}
    with _devnet() as setup:
        for measured in _run(setup, console):
            rows |= measured
            if name := find_row(measured, wanted):
                return name, parts_of(setup.devnet.web3, rows[name])
    raise LookupError(f"No transaction is called {wanted!r}. `ape run gas` lists them.")


@contextmanager
def _devnet() -> Iterator[Setup]:
    with run_anvil(START) as web3:
        yield Setup(Devnet(web3))


def _run(setup: Setup, console: Console) -> Iterator[Rows]:
    """Runs one measurement after the other."""
    with Progress(console=console, transient=True) as progress:
        for each in progress.track(MEASUREMENTS, description="Measuring"):
            yield each(setup)
