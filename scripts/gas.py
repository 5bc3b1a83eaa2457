"""Measures the gas of the main stories, on a chain of its own, and compares it with what is committed.

`ape run gas` fails on any difference from `tests/gas.json`; `ape run gas --update` rewrites it, for a diff that somebody reads.
Figures are the total gas of a receipt, as a sender pays it.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from eth_account import Account
from eth_utils import keccak
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from peculium import Budget, Call, Mandate, Payment, Token, Window
from scripts._build import artifact, artifacts
from scripts._stage import Stage, own_chain

COMMITTED = Path(__file__).parent.parent / "tests" / "gas.json"
START = 1_800_000_000
DAY = 86_400
URI = "https://agents.example/1.json"
STATEMENT = "I answer for what this agent does within its mandate."
TARGETS = {
    "pay, second in its window": 66_000,
    "create agent, wallet and mandate, first agent of a principal": 600_000,
    "create agent, wallet and mandate, further agent": 600_000,
    "revoke": 60_000,
    "revokeAll, 1 agent": 60_000,
    "revokeAll, 100 agents": 60_000,
}


class Measurement:
    """One run of all stories."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.figures: dict[str, int] = {}
        self.principal, self.agent = stage.role("principal"), stage.role("agent")
        self.payee = stage.role("payee").address
        self.usd = stage.deploy("MockStablecoin", "Test Dollar", "tUSD", 6)
        self.dai = stage.deploy("MockStablecoin", "Test Dai", "tDAI", 18)
        deployer = stage.role("deployer").address
        logic = stage.deploy("MockUSDC", deployer, deployer)
        proxy = stage.deploy("MockUSDCProxy", logic.address, deployer, deployer)
        self.usdc = type(logic).__new__(type(logic))
        self.usdc.bind(stage.web3, proxy.address, logic.abi)
        # Two more payees, so that the list has to be searched. Known keys: the order in the list moves the gas.
        self.others = [Account.from_key(keccak(text=f"other payee {i}")).address for i in range(2)]

    def mandate(self, principal: str, agent_key: str, payees: list[str] | None = None, **fields: Any) -> Mandate:
        """100 a payment, 500 a day, 10,000 for life; three payees, three tokens."""
        budget = Budget(
            currency="USD",
            payment_limit=100,
            lifetime_limit=10_000,
            windows=(Window(timedelta(days=1), 500),),
            tokens=tuple(Token(token.address, token.decimals) for token in (self.usd, self.usdc)),
            payees=tuple(payees or [self.payee, *self.others]),
        )
        now = self.stage.now()
        return Mandate(
            principal, agent_key, now, now + 300 * DAY, (budget,), terms_uri="https://terms.example/1", **fields
        )

    def run(self, progress: Progress) -> dict[str, int]:
        """All stories, in order."""
        stories = (self.creating, self.paying, self.curve, self.principals_side, self.stopping)
        for story in progress.track(stories, description="Measuring"):
            story()
        return self.figures

    def creating(self) -> None:
        """One transaction creates agent, wallet, link and mandate."""
        mandate = self.mandate(self.principal.address, self.agent.address)
        self.wallet, gas = self.stage.create(mandate, 1, URI, STATEMENT)
        self.figures["create agent, wallet and mandate, first agent of a principal"] = gas
        further = self.mandate(self.principal.address, self.stage.role("further agent").address)
        _, gas = self.stage.create(further, 2, URI, STATEMENT)
        self.figures["create agent, wallet and mandate, further agent"] = gas
        for token in (self.usd, self.usdc):
            for holder in (self.wallet.address, self.payee, self.principal.address):
                self.stage.mint(token, holder, 100_000)

    def paying(self) -> None:
        """The hot path, with the floor beside it."""
        pay = self.wallet.pay
        bucket = DAY // 8
        for token, name in ((self.usd, ""), (self.usdc, ", USDC behind its proxy")):
            floor = token.transfer(self.principal, self.payee, 10)
            self.figures[f"floor: transfer by a plain account{name}"] = floor.gas_used
            # Into the middle of a fresh bucket, so that the second payment stays in it.
            self.stage.travel((self.stage.now() // bucket + 9) * bucket + 10)
            pay(self.agent, token.address, self.payee, 10, "first")
            self.figures[f"pay, second in its window{name}"] = pay(
                self.agent, token.address, self.payee, 10, "second"
            ).gas_used
        for name, buckets in (
            ("an eighth of a window later", 1),
            ("half a window later", 4),
            ("after a long sleep", 100),
        ):
            self.stage.travel((self.stage.now() // bucket + buckets) * bucket + 10)
            self.figures[f"pay, {name}"] = pay(self.agent, self.usd.address, self.payee, 10, name).gas_used
        batch = self.wallet.pay_batch(self.agent, [Payment(self.usd.address, self.payee, 10, "batch")] * 10)
        self.figures["payBatch of ten, per payment"] = batch.gas_used // 10

    def curve(self) -> None:
        """What the length of the payee list costs."""
        for count in (1, 10, 100, 1000):
            crowd = [Account.from_key(keccak(text=f"crowd {i}")).address for i in range(count - 1)]
            key = self.stage.role(f"agent with {count} payees")
            mandate = self.mandate(self.principal.address, key.address, [self.payee, *crowd])
            wallet, _ = self.stage.create(mandate, 100 + count, URI, STATEMENT)
            self.stage.mint(self.usd, wallet.address, 1_000)
            wallet.pay(key, self.usd.address, self.payee, 10, "first")
            gas = wallet.pay(key, self.usd.address, self.payee, 10, "second").gas_used
            plural = "payee" if count == 1 else "payees"
            self.figures[f"pay, second in its window, {count} {plural} listed"] = gas

    def principals_side(self) -> None:
        """What a principal does with its wallet."""
        mandate = self.mandate(self.principal.address, self.agent.address, replaces=self.wallet.last_mandate_hash)
        self.figures["setMandate, replacing one"] = self.wallet.set_mandate(self.principal, mandate).gas_used
        call = Call(self.usd.address, 0, self.usd.call_data("transfer", self.principal.address, 1))
        self.figures["execute, a transfer"] = self.wallet.execute(self.principal, call).gas_used
        withdrawn = self.wallet.withdraw(self.principal, self.usd.address, self.principal.address, 1)
        self.figures["withdraw"] = withdrawn.gas_used
        self.figures["liftMandate"] = self.wallet.lift_mandate(self.principal).gas_used

    def stopping(self) -> None:
        """The switch, for one agent and for a hundred."""
        switch = self.stage.suite.switch
        self.figures["pause"] = switch.pause(self.principal, self.wallet.address).gas_used
        second = self.stage.suite.factory.wallet_address(
            self.principal.address, self.stage.role("further agent").address, 2
        )
        self.figures["revoke"] = switch.revoke(self.principal, second).gas_used
        for count in (1, 100):
            name = f"principal of {count}"
            owner = self.stage.role(name)
            for i in range(count):
                key = self.stage.role(f"{name}, agent {i}")
                self.stage.create(self.mandate(owner.address, key.address), 1, URI, STATEMENT)
            plural = "agent" if count == 1 else "agents"
            self.figures[f"revokeAll, {count} {plural}"] = switch.revoke_all(owner).gas_used


def measure(console: Console) -> dict[str, int]:
    """All figures by their English names. Nothing depends on the day or the machine: keys and times are fixed."""
    with own_chain(START) as web3, Progress(console=console, transient=True) as progress:
        return Measurement(Stage(web3, artifacts(), artifact)).run(progress)


def show(console: Console, figures: dict[str, int], committed: dict[str, int]) -> None:
    """The figures, with their targets and what they were."""
    table = Table("what", "gas", "aim", "committed")
    for name, gas in figures.items():
        aim = TARGETS.get(name)
        colour = "green" if aim and gas <= aim else "red" if aim else "default"
        before = committed.get(name)
        change = "" if before == gas else "new" if before is None else f"{before:,} ({gas - before:+,})"
        table.add_row(name, f"[{colour}]{gas:,}[/]", f"{aim:,}" if aim else "", change)
    console.print(table)


@click.command()
@click.option("--update", is_flag=True, help="Rewrite tests/gas.json.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures for a program.")
def cli(update: bool, as_json: bool) -> None:
    """Measure gas anew, and compare it with the committed figures."""
    console = Console(stderr=as_json)
    figures = measure(console)
    committed = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
    if as_json:
        print(json.dumps(figures, indent=2))
    else:
        show(console, figures, committed)
    if update:
        COMMITTED.write_text(json.dumps(figures, indent=2) + "\n")
        console.print(f"Written to {COMMITTED.name}.")
    elif figures != committed:
        console.print(
            "[red]The gas has changed.[/] If that is meant, run `ape run gas --update` and commit the difference."
        )
        sys.exit(1)
