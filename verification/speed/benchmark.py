"""How many checked actions a second: by ape's own calls, by the transaction machine, and by whole stories in one request."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import ape
from ape.logging import LogLevel, logger
from rich.console import Console
from rich.table import Table

from verification.scenarios.campaign import STEPS, run, run_parallel
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.setup import own_cast

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20
"""For which each is measured, but the transaction machine: it takes as long as its test."""
STORIES = 100


@dataclass
class Speeds:
    """Checked actions a second."""

    naive: float
    machine: float
    mined: float
    stories: float
    per_core: float
    """Stories again, for a second of a core's time: what other work on the machine doesn't change."""

    def rows(self) -> list[tuple[str, float, float]]:
        """Name, speed, and how many times the slowest."""
        named = (
            ("calls of ape, `ape.reverts`", self.naive),
            ("transactions, `tests/stateful/`", self.machine),
            ("stories, mined, `ape run fuzz --mined`", self.mined),
            ("stories, `verification/scenarios/`", self.stories),
            ("stories, for a second of one core's time", self.per_core),
        )
        return [(name, rate, rate / self.naive) for name, rate in named]

    def table(self) -> Table:
        """For people."""
        table = Table("how", "checked actions a second", "times naive", title=f"On {os.cpu_count()} cores")
        for name, rate, ratio in self.rows():
            table.add_row(name, f"{rate:,.1f}", f"{ratio:,.1f}")
        return table

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        rates = {"naive_ape": self.naive, "transactions": self.machine, "mined": self.mined, "stories": self.stories}
        return {**rates, "stories_per_core_second": self.per_core, "cores": os.cpu_count()}


def measure_speeds(console: Console, workers: int) -> Speeds:
    """All four, one after the other."""
    with console.status("calls of ape"), logger.at_level(LogLevel.ERROR):
        naive = naive_speed()
    with console.status("the transaction machine, which takes a minute or two"):
        machine = machine_speed()
    with console.status("stories, mined"):
        mined = run_parallel(1, workers, STEPS, lambda report: report.seconds >= SECONDS, chain=Transactions).speed
    with console.status("stories"):
        stories = run_parallel(1, workers, STEPS, lambda report: report.seconds >= SECONDS).speed
        per_core = core_speed()
    return Speeds(naive, machine, mined, stories, per_core)


def core_speed() -> float:
    """Actions for a second of time that a core has worked, on Python and on the chain; without what making the chain takes."""
    idle, _ = _worked(0)
    busy, actions = _worked(STORIES)
    return actions / (busy - idle)


def _worked(stories: int) -> tuple[float, int]:
    before = _core_seconds()
    with own_cast() as cast:
        actions = run(cast, 1, stories).actions
    return _core_seconds() - before, actions


def _core_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def naive_speed() -> float:
    """Payments as one would test them first: one that is made, with what remains read before and after, and one that is refused."""
    with own_cast() as cast:
        addresses = cast.codec.addresses
        budget = cast.mandates["wallet 0"].budgets[0]
        token = next(iter(budget.tokens))
        # The least that is over the limit, in the token's own base units.
        too_much = (budget.payment_limit + 1) * 10 ** max(budget.tokens[token] - budget.decimals, 0)
        settings = {"host": f"http://127.0.0.1:{cast.simulator.connection.port}"}
        with ape.networks.ethereum.local.use_provider("foundry", provider_settings=settings):
            kind = ape.project.AgentWallet.contract_type  # type: ignore[union-attr]
            wallet = ape.Contract(
                ape.networks.ethereum.decode_address(int(addresses["wallet 0"], 16)), contract_type=kind
            )
            agent = ape.accounts[wallet.grant().agentKey]
            agent.balance = "10 ether"
            payment = (addresses[token], addresses["payee 0"])
            start, actions = time.monotonic(), 0
            while time.monotonic() - start < SECONDS:
                left = wallet.remaining(budget.currency).lifetime
                wallet.pay(*payment, 1, bytes(32), sender=agent)
                assert wallet.remaining(budget.currency).lifetime == left - budget.charge(token, 1)
                with ape.reverts(wallet.PaymentLimitExceeded):
                    wallet.pay(*payment, too_much, bytes(32), sender=agent)
                actions += 2
            return actions / (time.monotonic() - start)


def machine_speed() -> float:
    """The stateful test, which tells how many actions it has made, and its duration."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        command = [str(Path(sys.executable).parent / "ape"), "test", "-q", "tests/stateful"]
        command += [f"--junitxml={results}", "-o", "junit_duration_report=call"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"The transaction machine has failed:\n{done.stdout}")
        case = next(ElementTree.parse(results).iter("testcase"))
        actions = next(each.attrib["value"] for each in case.iter("property") if each.attrib["name"] == "actions")
        return int(actions) / float(case.attrib["time"])
