"""Draws the pictures of commands in `docs/pictures`, from a run on a devnet.

`python -m toolchain.pictures` compares them and exits with 1 if one is old; `--update` draws them. The devnet begins at a fixed time,
its accounts and salts are fixed, so each run draws the same.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from eth_account import Account
from eth_utils import keccak
from rich.console import Console
from web3 import HTTPProvider, Web3

from peculium import Agent, Mandate, Window
from peculium.cli.folders import HOME, write_private
from peculium.cli.profiles import Profile, save_profile, set_current
from peculium.cli.run import run
from peculium.deployments import networks
from peculium.deployments.doctor import diagnose
from peculium.devnet import Devnet, deploy_entry_point, run_anvil
from peculium.devnet.anvil import rpc
from peculium.devnet.ready import ready_agent
from peculium.mandate.toml import dump_mandate

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
START = int(datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp())
WIDTH = 80
COMMANDS = {
    "agents": ("agents",),
    "mandate-diff": ("mandate", "diff", "research", "research.toml"),
    "watch": ("watch", "research", "--once", "--max-spent", "50 USD/h"),
    "stop-proof": ("stop-proof", "helper"),
    "ledger": ("ledger", "show", "--agent", "research"),
}
"""The commands by the names of their pictures."""
POSED = "base-sepolia"
DEPLOYMENT = (("doctor",), ("plan",), ("deploy", "--yes", "--final-seconds", "0"), ("verify",))
"""The commands of the picture of a deployment."""


@dataclass(frozen=True)
class Shown:
    """A picture."""

    name: str
    svg: str


def draw() -> Iterator[Shown]:
    """Draws all pictures."""
    yield from draw_agents()
    yield draw_deployment()


def draw_deployment() -> Shown:
    """Draws a deployment by an operator, on a local chain that poses as a public one."""
    known = networks()[POSED]
    with run_anvil(START, "--chain-id", str(known.chain_id), hardfork="osaka") as web3, _home() as home:
        operator, other = (Account.from_key(keccak(text=name)) for name in ("operator", "other"))
        for account in (operator, other):
            rpc(web3, "anvil_setBalance", account.address, hex(10**18))
        deploy_entry_point(web3, other)
        write_private(home / "operator.key", "0x" + operator.key.hex().removeprefix("0x") + "\n")
        save_profile(Profile(POSED, POSED, rpc=_url(web3), key_file=str(home / "operator.key")))
        set_current(POSED)
        # The chain's clock is fixed, so the machine's is set to the same.
        clock = partial(diagnose, now=lambda: float(START))
        # No stablecoins are on this chain, so they aren't compared.
        with patch("peculium.deployments.doctor.diagnose", clock), patch("peculium.deployments.networks._tokens", dict):
            svg = _record("deployment", *DEPLOYMENT)
        # A free port is another one in each run, of as many digits.
        return Shown("deployment", re.sub(r"127\.0\.0\.1:\d{5}", "127.0.0.1:48545", svg))


def draw_agents() -> Iterator[Shown]:
    """Draws the pictures of a principal's commands."""
    with run_anvil(START) as web3, _home() as home:
        devnet = Devnet(web3)
        devnet.add_entry_point()
        agents = {name: _agent(devnet, name, salt) for salt, name in enumerate(("research", "travel", "helper"))}
        _live(devnet, agents)
        key = "0x" + devnet.role("principal").key.hex().removeprefix("0x")
        write_private(home / "principal.key", key + "\n")
        names = {name: agent.wallet.address for name, agent in agents.items()}
        names |= {"supplier": devnet.role("supplier").address, "hotel": devnet.role("hotel").address}
        save_profile(Profile("devnet", devnet.url, key_file=str(home / "principal.key"), names=names))
        set_current("devnet")
        Path("research.toml").write_text(_wider(devnet, agents["research"]), encoding="utf-8")
        # What it prints isn't shown.
        _record("update", ("ledger", "update"))
        for name, arguments in COMMANDS.items():
            yield Shown(name, _record(name, arguments))


def main(arguments: Sequence[str]) -> int:
    """Runs the command. Returns the exit code."""
    old = []
    for shown in draw():
        path = FOLDER / f"{shown.name}.svg"
        if path.exists() and path.read_text(encoding="utf-8") == shown.svg:
            continue
        old.append(path.name)
        if "--update" in arguments:
            FOLDER.mkdir(exist_ok=True)
            path.write_text(shown.svg, encoding="utf-8")
    if old and "--update" not in arguments:
        print(f"docs/pictures: {', '.join(old)} are old. Draw them: python -m toolchain.pictures --update")
        return 1
    return 0


def _agent(devnet: Devnet, name: str, salt: int) -> Agent:
    return ready_agent(devnet, key=devnet.role(f"{name}'s key"), salt=salt)


def _live(devnet: Devnet, agents: dict[str, Agent]) -> None:
    # What the agents have done before the commands are typed.
    supplier, hotel = devnet.role("supplier").address, devnet.role("hotel").address
    agents["research"].pay("USDC", supplier, "42.50", ref="INV-2026-0042")
    agents["research"].pay("USDC", supplier, "12", ref="INV-2026-0043")
    agents["travel"].request_payment("USDC", hotel, 350, ref="conference hotel")
    agents["helper"].pay("USDC", supplier, "5", ref="translation")
    devnet.suite.switch.revoke(devnet.role("principal"), agents["helper"].wallet.address)


def _wider(devnet: Devnet, agent: Agent) -> str:
    # A mandate with another window and a smaller payment.
    mandate: Mandate = agent.wallet.last_mandate()
    budget = mandate.budgets[0]
    window = Window(budget.windows[0].length, Decimal(800))
    wider = replace(budget, payment_limit=Decimal(80), windows=(window,))
    changed = replace(mandate, budgets=(wider,), max_requests=1)
    names = {"USDC": devnet.usdc.address, "supplier": devnet.role("supplier").address}
    return dump_mandate(changed, names)


@contextmanager
def _home() -> Iterator[Path]:
    # A folder of its own for profiles, which is also the working directory.
    before = Path.cwd()
    with TemporaryDirectory() as folder, patch.dict(os.environ, {HOME: folder}):
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def _url(web3: Web3) -> str:
    assert isinstance(web3.provider, HTTPProvider)
    return str(web3.provider.endpoint_uri)


class _Recorder(Console):
    """Breaks long lines, which on a terminal stay whole so that they can be copied."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Prints within the width of the picture."""
        super().print(*objects, **{**options, "soft_wrap": False})


def _record(name: str, *commands: Sequence[str]) -> str:
    console = _Recorder(record=True, width=WIDTH, file=StringIO(), color_system="truecolor", highlight=False)
    for arguments in commands:
        typed = " ".join(f'"{each}"' if " " in each else each for each in ("peculium", *arguments))
        console.print(f"$ {typed}", style="bold", soft_wrap=True)
        with patch("peculium.cli.consoles._console", lambda stream: console):
            run(arguments)
    svg = console.export_svg(title="peculium", unique_id=name)
    # The font would be loaded from another site.
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
