"""What the demo's acts share: the cast, the attempts that have to be refused, and the sums."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from peculium import ERC20, AgentWallet, ContractError
from peculium.deployment import ENTRY_POINT
from peculium.devnet.devnet import Devnet
from peculium.mandate import ZERO_ADDRESS


@dataclass
class Attempt:
    """Something that has to be refused."""

    title: str
    expected: type[ContractError]
    act: Callable[[], Any]
    refusal: ContractError | None = None
    moved: Decimal = Decimal(0)

    @property
    def held(self) -> bool:
        """Whether it was refused, as expected, and moved nothing."""
        return type(self.refusal) is self.expected and self.moved == 0


class Story:
    """The cast, what everybody has tried, and what it came to."""

    def __init__(self, devnet: Devnet, console: Console) -> None:
        self.devnet, self.console, self.suite = devnet, console, devnet.suite
        self.principal, self.agent, self.errand_agent = map(devnet.role, ("principal", "agent", "errand agent"))
        self.supplier, self.accomplice = devnet.role("supplier").address, devnet.role("accomplice").address
        deployer = devnet.role("deployer").address
        self.usdc = devnet.deploy("MockUSDC", deployer, deployer)
        self.dai = devnet.deploy("MockStablecoin", "Test Dai", "tDAI", 18)
        self.tricky = devnet.deploy("ReentrantToken")
        self.unlisted = devnet.deploy("MockStablecoin", "Other Dollar", "oUSD", 6)
        self.tokens = (self.usdc, self.dai, self.tricky, self.unlisted)
        self.wallets: list[AgentWallet] = []
        self.payees = [self.supplier]
        self.names = {
            self.principal.address: "the principal",
            self.agent.address: "the agent",
            self.errand_agent.address: "the errand agent",
            self.supplier: "the supplier",
            self.accomplice: "the accomplice",
            ENTRY_POINT: "the EntryPoint",
            ZERO_ADDRESS: "nobody",
            **{token.address: token.symbol for token in self.tokens},
        }
        self.start = {token.address: Decimal(0) for token in self.tokens}
        self.gas: dict[str, int] = {}
        self.checks: list[tuple[str, str, str]] = []
        self.attempts: list[Attempt] = []
        self.paid = Decimal(0)
        self.sums: dict[str, tuple[Decimal, Decimal, Decimal]] = {}

    def say(self, title: str, text: str) -> None:
        """A scene's heading."""
        self.console.print(Panel(text, title=f"[bold]{title}[/]", title_align="left", border_style="cyan"))

    # Attempts

    def try_all(self, attempts: list[Attempt]) -> None:
        """Makes every attempt, and watches every balance."""
        for attempt in attempts:
            before = {token: self.held(token) for token in self.tokens}
            try:
                attempt.act()
            except ContractError as refusal:
                attempt.refusal = refusal
            attempt.moved = sum((abs(before[token] - self.held(token)) for token in self.tokens), Decimal(0))
            self.attempts.append(attempt)

    def show_attempts(self, attempts: list[Attempt] | None = None) -> None:
        """The table of attempts."""
        table = Table("", "what the agent tries", "refused by", "moved", "why", show_lines=True)
        for number, attempt in enumerate(attempts or self.attempts, 1):
            name = type(attempt.refusal).__name__ if attempt.refusal else "[red bold]NOT REFUSED[/]"
            mark = "[green]✓[/]" if attempt.held else "[red bold]✗[/]"
            why = self.in_words(str(attempt.refusal or ""))
            table.add_row(f"{mark} {number}", attempt.title, name, f"{attempt.moved:,.2f}", why)
        self.console.print(table)

    def in_words(self, text: str) -> str:
        """A sentence with roles for addresses, and hashes cut short."""
        text = re.sub(r"0x([0-9a-f]{8})[0-9a-f]{56}", r"0x\1…", text)
        for address, name in self.names.items():
            text = text.replace(f"the principal {address}", name).replace(f"the wallet {address}", name)
            text = text.replace(f"The principal {address}", name)
            text = (
                text.replace(f"The wallet {address}", name).replace(f"the payee {address}", name).replace(address, name)
            )
        return text[:1].upper() + text[1:]

    # Money

    def wallet_at(self, address: str) -> AgentWallet:
        """The wallet at an address."""
        return self.suite.wallet(address)

    def held(self, token: ERC20) -> Decimal:
        """What all wallets hold of a token."""
        return sum((token.balance(wallet.address) for wallet in self.wallets), Decimal(0))

    def fund(self, token: ERC20, wallet: AgentWallet, amount: int) -> None:
        """Puts whole tokens into a wallet, and remembers."""
        self.devnet.mint(token, wallet.address, amount)
        self.start[token.address] += amount

    @property
    def passed(self) -> bool:
        """Whether everything was refused that had to be, and every base unit is accounted for."""
        sums = all(first == paid + taken for first, paid, taken in self.sums.values())
        return all(attempt.held for attempt in self.attempts) and sums and self.paid == 500

    def as_dict(self) -> dict[str, Any]:
        """The story for a program."""
        return {
            "passed": self.passed,
            "attempts": [
                {
                    "title": attempt.title,
                    "held": attempt.held,
                    "moved": str(attempt.moved),
                    **(attempt.refusal.as_dict() if attempt.refusal else {"error": None}),
                }
                for attempt in self.attempts
            ],
            "sums": {
                symbol: dict(zip(("first", "paid", "home"), map(str, sums), strict=True))
                for symbol, sums in self.sums.items()
            },
            "gas": self.gas,
        }
