"""What every measurement needs: the suite, its accounts and tokens, and agents with one mandate.

All keys and timestamps are fixed, so that the figures do not depend on the day or the machine.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from peculium import ERC20, AgentWallet, Budget, Mandate, Receipt, Token, Window
from peculium.devnet import Devnet
from peculium.units import Amount

Rows = dict[str, int | Receipt]
"""Each row's transaction, or its gas if it was computed from several."""

DAY = 86_400
BUCKETS = 8
"""A window is divided into eight buckets (`SpendLedger`)."""
URI = "https://agents.example/1.json"
STATEMENT = "I answer for what this agent does within its mandate."


class Setup:
    """One devnet for all measurements. They run in a fixed order, because each continues at the time of the one before."""

    def __init__(self, devnet: Devnet) -> None:
        self.devnet = devnet
        self.principal, self.agent_key = devnet.role("principal"), devnet.role("agent")
        self.payee = devnet.role("payee").address
        self.usd = devnet.deploy("MockStablecoin", "Test Dollar", "tUSD", 6)
        self.dai = devnet.deploy("MockStablecoin", "Test Dai", "tDAI", 18)
        self.usdc = self._usdc()
        # The payee is searched in a list of three. Their keys are fixed, because the order of the list changes the gas.
        self.other_payees = [Account.from_key(keccak(text=f"other payee {i}")).address for i in range(2)]
        self.wallet: AgentWallet
        """The wallet of `agent_key`, created by the first measurement."""

    def _usdc(self) -> ERC20:
        """USDC's implementation behind its proxy, as on public chains."""
        deployer = self.devnet.role("deployer").address
        implementation = self.devnet.deploy("MockUSDC", deployer, deployer)
        proxy = self.devnet.deploy("MockUSDCProxy", implementation.address, deployer, deployer)
        usdc = ERC20.__new__(ERC20)
        usdc.bind(self.devnet.web3, proxy.address, implementation.abi)
        return usdc

    def mandate(self, principal: str, agent_key: str, **fields: Any) -> Mandate:
        """100 USD a payment, 500 a day, 10,000 over the lifetime, in two tokens to three payees."""
        budget = Budget(
            currency="USD",
            payment_limit=Decimal(100),
            lifetime_limit=Decimal(10_000),
            windows=(Window(timedelta(days=1), Decimal(500)),),
            tokens=tuple(Token(token.address, token.decimals) for token in (self.usd, self.usdc)),
            payees=(self.payee, *self.other_payees),
        )
        now = self.devnet.now()
        return Mandate(
            principal, agent_key, now, now + 300 * DAY, (budget,), terms_uri="https://terms.example/1", **fields
        )

    @property
    def one_token(self) -> dict[str, Any]:
        """The fields of a budget with one token and one payee, for `new_agent`."""
        return {"tokens": (Token(self.usd.address, self.usd.decimals),), "payees": (self.payee,)}

    def new_agent(self, name: str, **fields: Any) -> tuple[LocalAccount, AgentWallet]:
        """Creates an agent whose wallet holds 1,000 of each dollar token.

        `fields` replace those of the mandate or of its budget; `more_budgets` are added.
        """
        key = self.devnet.role(f"agent {name}")
        mandate = self.mandate(self.principal.address, key.address)
        of_budget = {field: fields.pop(field) for field in list(fields) if field in Budget.__dataclass_fields__}
        budget = replace(mandate.budgets[0], **of_budget)
        mandate = replace(mandate, budgets=(budget, *fields.pop("more_budgets", ())), **fields)
        wallet, _ = self.devnet.create_agent(mandate, 7, URI, STATEMENT)
        for token in (self.usd, self.usdc):
            self.devnet.mint(token, wallet.address, 1_000)
        return key, wallet

    def skip_buckets(self, count: int, window: int = DAY, offset: int = 10) -> None:
        """Moves the clock so many buckets forward, to `offset` seconds after the start of one."""
        bucket = window // BUCKETS
        self.devnet.mine_at((self.devnet.now() // bucket + count) * bucket + offset)

    def second_pay(self, key: LocalAccount, wallet: AgentWallet, token: str = "", amount: Amount = 10) -> Receipt:
        """The second of two payments in the same bucket."""
        self.skip_buckets(1, window=3600, offset=1)
        wallet.pay(key, token or self.usd.address, self.payee, amount, "first")
        return wallet.pay(key, token or self.usd.address, self.payee, amount, "second")


def gas_of(row: int | Receipt) -> int:
    """The gas of a row."""
    return row if isinstance(row, int) else row.gas_used


def per_item(total: int, count: int) -> int:
    """The share of one of `count` items, rounded up."""
    return -(-total // count)


def counted(count: int, noun: str) -> str:
    """`1 payee`, `10 payees`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
