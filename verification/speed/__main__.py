"""Measures the scenario runner: `python -m verification.speed` prints checked actions per second."""

from __future__ import annotations

import os
import resource

import click
from rich.console import Console

from verification.scenarios.campaign import STEPS, Report, run_campaign, run_parallel
from verification.scenarios.chain.driver import Driver
from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.setup import deploy_fixtures

SCENARIOS = 100


def speed(driver: type[Driver], seconds: float, workers: int) -> float:
    """Checked actions per second with all workers together."""

    def enough(report: Report) -> bool:
        return report.seconds >= seconds

    return run_parallel(1, workers, STEPS, enough, driver=driver).speed


def speed_per_core() -> float:
    """Checked actions per second of CPU time, without the deployment. Other work on the machine does not change it."""
    idle, _ = _cpu_seconds(0)
    busy, actions = _cpu_seconds(SCENARIOS)
    return actions / (busy - idle)


def _cpu_seconds(scenarios: int) -> tuple[float, int]:
    before = _used()
    with deploy_fixtures() as fixtures:
        actions = run_campaign(fixtures, 1, scenarios).actions
    # The chain's process has ended, so its time counts among the children's.
    return _used() - before, actions


def _used() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@click.command()
@click.option("--seconds", default=20.0, show_default=True, help="Time for each measurement.")
@click.option("--workers", default=os.cpu_count() or 1, show_default=True, help="Processes, each with its own chain.")
def main(seconds: float, workers: int) -> None:
    """Print the checked actions per second of the scenario runner."""
    console = Console()
    console.print(f"Checked actions per second, {workers} workers:")
    console.print(f"  simulated     {speed(Simulator, seconds, workers):8,.0f}")
    console.print(f"  mined         {speed(Transactions, seconds, workers):8,.0f}")
    console.print(f"  per CPU second{speed_per_core():8,.0f}  (simulated)")


if __name__ == "__main__":
    main()
