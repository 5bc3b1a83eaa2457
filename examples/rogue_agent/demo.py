"""What all scenes share: the devnet, the roles, the tokens, the money and the attempts."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from examples.rogue_agent.attempt import Attempt
from examples.rogue_agent.money import USD, Currency, Sum
from examples.rogue_agent.output import Output
from peculium import ERC20, AgentWallet, ContractError, EntryPoint, Mandate, Status
from peculium.devnet import Devnet, deploy_entry_point
from peculium.factory import Creation
from peculium.mandate import ZERO_ADDRESS
from peculium.units import from_base_units

STATEMENT = "I answer for what this agent does within its mandate."


class Demo:
    """One run: what its scenes need, and what they record."""

    def __init__(self, devnet: Devnet, output: Output) -> None:
        self.devnet, self.output, self.suite = devnet, output, devnet.suite
        self.entry_point = EntryPoint(devnet.web3, deploy_entry_point(devnet.web3, devnet.role("deployer")))
        self.principal = devnet.role("principal")
        self.supplier, self.accomplice = str(devnet.role("supplier").address), str(devnet.role("accomplice").address)
        self.usdc = devnet.usdc
        self.dai = devnet.deploy("MockStablecoin", "Test Dai", "tDAI", 18)
        self.reentrant = devnet.deploy("ReentrantToken")
        self.unlisted = devnet.deploy("MockStablecoin", "Other Dollar", "oUSD", 6)
        self.notes = {self.reentrant.address: "reentrant", self.unlisted.address: "not listed"}
        self.tokens = (self.usdc, self.dai, self.reentrant, self.unlisted)
        self.funded = {token.address: Decimal(0) for token in self.tokens}
        self.wallets: list[AgentWallet] = []
        self.ether_accounts: list[str] = []
        self.payees = [self.supplier]
        self.names: dict[str, str] = {
            self.principal.address: "the principal",
            self.supplier: "the supplier",
            self.accomplice: "the accomplice",
            self.entry_point.address: "the EntryPoint",
            ZERO_ADDRESS: "nobody",
            **{token.address: token.symbol for token in self.tokens},
        }
        self.attempts: list[Attempt] = []
        self.checks: list[tuple[str, bool]] = []
        self.gas: dict[str, int] = {}
        self.sums: list[Sum] = []

    # Agents

    def prepare_agent(self, mandate: Mandate, salt: int) -> Creation:
        """Has principal and agent sign the creation of an agent."""
        return self.devnet.prepare_agent(mandate, salt, f"https://agents.example/{salt}.json", STATEMENT)

    def create_agent(self, creation: Creation) -> AgentWallet:
        """Creates an agent. Its wallet's balances are watched from now on."""
        created = self.suite.factory.create_agent(self.devnet.role("relayer"), creation)
        self.gas.setdefault("create agent, wallet and mandate", created.receipt.gas_used)
        self.names[creation.mandate.agent_key] = "the agent"
        return self.watch(created.wallet)

    def watch(self, address: str) -> AgentWallet:
        """Watches the balances of a wallet, which may not exist yet."""
        if address not in self.ether_accounts:
            self.names[address] = "the wallet"
            self.wallets.append(self.suite.wallet(address))
            self.ether_accounts.append(address)
        return self.suite.wallet(address)

    def fund(self, wallet: AgentWallet, token: ERC20, amount: int) -> None:
        """Mints whole tokens to a wallet."""
        self.devnet.mint(token, wallet.address, amount)
        self.funded[token.address] += amount

    # What must succeed

    def check(self, text: str, passed: bool) -> None:
        """Records and prints a check. The demo fails if a check fails."""
        self.checks.append((text, passed))
        self.output.check(text, passed)

    def check_status(self, wallet: AgentWallet, expected: Status) -> None:
        """Checks what the registry answers a counterparty about an agent."""
        status = self.suite.registry.check_wallet(wallet.address).status
        self.check(f"A counterparty asks the registry for the agent's status: {status.name}.", status is expected)

    # What must be refused

    def refuse(
        self, title: str, expected: type[ContractError], run: Callable[[], object], currency: Currency = USD
    ) -> None:
        """Makes an attempt that must fail with the `expected` error, and compares all balances before and after."""
        attempt = Attempt(title, expected, run, currency)
        before = self.balances()
        with self.output.status(f"The agent tries to {title}"):
            try:
                run()
            except ContractError as refusal:
                attempt.refusal = refusal
            moved = (abs(old - new) for old, new in zip(before, self.balances(), strict=True))
            attempt.moved = sum(moved, Decimal(0))
        self.attempts.append(attempt)

    def show_attempts(self, start: int) -> None:
        """Prints the attempts from index `start` on."""
        self.output.attempts(self.attempts[start:], start + 1, self.with_names)

    def with_names(self, text: str) -> str:
        """The text with roles instead of addresses."""
        for address, name in self.names.items():
            text = re.sub(rf"(?:(?:[Tt]he )?(?:principal|wallet|payee|token|agent key) )?{address}", name, text)
        return text[:1].upper() + text[1:]

    # Money

    def balances(self) -> list[Decimal]:
        """What the agents could move: each token in all wallets, and all their ether (whole units)."""
        tokens = [sum((token.balance(wallet.address) for wallet in self.wallets), Decimal(0)) for token in self.tokens]
        return [*tokens, sum(map(self._ether, self.ether_accounts), Decimal(0))]

    def _ether(self, account: str) -> Decimal:
        balance = self.devnet.web3.eth.get_balance(self.devnet.web3.to_checksum_address(account))
        return from_base_units(balance, 18) + self.entry_point.deposit_of(account)

    def withdraw_all(self) -> None:
        """The principal withdraws every token from every wallet."""
        self.output.section(
            "9. The principal withdraws the rest",
            "The principal withdraws all tokens from all wallets. It can do so at any time, before and after a revocation.",
        )
        treasury = self.devnet.role("treasury").address
        for wallet in self.wallets:
            for token in self.tokens:
                if token.balance(wallet.address):
                    receipt = wallet.withdraw_all(self.principal, token.address, treasury)
                    self.gas["withdraw all of a token"] = receipt.gas_used
        for token in self.tokens:
            paid = sum((token.balance(payee) for payee in self.payees), Decimal(0))
            withdrawn, note = token.balance(treasury), self.notes.get(token.address, "")
            self.sums.append(Sum(token.symbol, self.funded[token.address], paid, withdrawn, note))
        self.output.sums(self.sums)

    # The result

    @property
    def passed(self) -> bool:
        """Whether every attempt was refused, every check passed and no base unit is missing."""
        refused = bool(self.attempts) and all(attempt.refused for attempt in self.attempts)
        accounted = bool(self.sums) and not any(each.missing for each in self.sums)
        return refused and accounted and all(passed for _, passed in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """The result for a program. Amounts are strings in whole tokens."""
        return {
            "passed": self.passed,
            "attempts": [attempt.as_dict() for attempt in self.attempts],
            "checks": [{"text": text, "passed": passed} for text, passed in self.checks],
            "sums": {each.token: each.as_dict() for each in self.sums},
            "gas": self.gas,
        }
