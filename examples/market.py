"""A local chain with a market: Uniswap V2 as its authors publish it, and a pair of dollars and ether at 2,000."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

from peculium import AgentWallet, Budget, CallRule, Contract, ContractError, Mandate, Token, Window
from peculium.devnet import Devnet
from peculium.token import ERC20
from peculium.units import Amount, from_base_units, to_base_units
from verification.trades.published import deploy_published

DEPTH = 1_000_000
"""Dollars in the honest pair."""
PRICE = 2_000
"""Dollars for one ether."""
DAY = 86_400


class Market:
    """The venue, its tokens, and the roles around them."""

    def __init__(self) -> None:
        self.devnet = Devnet.start()
        self.principal, self.agent, self.accomplice = map(self.devnet.role, ("principal", "agent", "accomplice"))
        self.usdc = self.devnet.usdc
        self.ether = self.devnet.deploy("MockStablecoin", "Test Ether", "tETH", 18)
        self.junk = self.devnet.deploy("MockStablecoin", "Junk", "JUNK", 18)
        """A token of the accomplice, which nobody else wants."""
        deployer = self.devnet.role("deployer")
        web3 = self.devnet.web3
        factory = deploy_published(web3, deployer, "UniswapV2Factory", deployer.address)
        wrapped = deploy_published(web3, deployer, "WETH9")
        self.router: Contract = deploy_published(web3, deployer, "UniswapV2Router02", factory.address, wrapped.address)
        self._add_pair(self.ether, DEPTH // PRICE)
        self._add_pair(self.junk, DEPTH)

    def create_wallet(self, rule: CallRule, per_payment: Amount, per_day: Amount) -> AgentWallet:
        """Creates the agent's wallet with 1,000 dollars. It can trade by one rule, ask for more, and pay nobody."""
        windows = [Window(timedelta(days=1), per_day)]
        mandate = Mandate(
            principal=self.principal.address,
            agent_key=self.agent.address,
            valid_from=self.devnet.now(),
            valid_until=self.devnet.now() + 30 * DAY,
            budgets=[Budget("USD", per_payment, 10_000, windows, [Token(self.usdc.address, decimals=6)])],
            calls=[rule],
            max_requests=1,
            max_request_age=timedelta(days=1),
        )
        wallet, _ = self.devnet.create_agent(mandate, 1, "https://agents.example/1.json", "I answer for this agent.")
        self.devnet.mint(self.usdc, wallet.address, 1_000)
        return wallet

    def quote(self, dollars: Amount, path: Sequence[str]) -> int:
        """Returns what a trade would bring now (base units of the path's last token)."""
        return int(self.router.read("getAmountsOut", to_base_units(dollars, 6), list(path))[-1])

    def deadline(self) -> int:
        """Returns a time until which a trade can happen (unix seconds)."""
        return self.devnet.now() + DAY

    def bought(self, wallet: AgentWallet) -> Decimal:
        """Returns the ether in a wallet, rounded for reading."""
        return self.ether.balance(wallet.address).quantize(Decimal("0.0001"))

    def push_price(self, dollars: Amount) -> None:
        """The accomplice buys ether, which makes it dearer for the next one who trades."""
        self.devnet.mint(self.usdc, self.accomplice.address, dollars)
        self._swap(self.usdc, self.ether, to_base_units(dollars, 6))

    def restore_price(self) -> None:
        """The accomplice sells its ether again."""
        self._swap(self.ether, self.usdc, int(self.ether.read("balanceOf", self.accomplice.address)))

    def price(self) -> Decimal:
        """Returns what one ether costs now (dollars)."""
        units = self.router.read("getAmountsOut", 10**12, [self.ether.address, self.usdc.address])[-1]
        return from_base_units(int(units), 6) * 10**6

    def _swap(self, sold: ERC20, bought: ERC20, units: int) -> None:
        sold.send(self.accomplice, "approve", self.router.address, units)
        arguments = units, 0, [sold.address, bought.address], self.accomplice.address, self.deadline()
        self.router.send(self.accomplice, "swapExactTokensForTokens", *arguments)

    def _add_pair(self, token: ERC20, amount: int) -> None:
        provider = self.devnet.role("liquidity provider")
        for each, whole in ((self.usdc, DEPTH), (token, amount)):
            self.devnet.mint(each, provider.address, whole)
            each.send(provider, "approve", self.router.address, to_base_units(whole, each.decimals))
        reserves = DEPTH * 10**6, to_base_units(amount, token.decimals)
        pair = self.usdc.address, token.address
        self.router.send(provider, "addLiquidity", *pair, *reserves, 0, 0, provider.address, self.deadline())


def attempt(what: str, action: Callable[[], object]) -> None:
    """Does something that may be refused, and prints what became of it."""
    try:
        action()
    except ContractError as refusal:
        print(f"refused: {what}: {type(refusal).__name__}")
    else:
        print(f"done:    {what}")
