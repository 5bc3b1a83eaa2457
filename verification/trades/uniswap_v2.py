"""Plays on Uniswap V2: `swapExactTokensForTokens` of the router."""

from __future__ import annotations

from collections.abc import Sequence

from peculium import AgentWallet, Argument, Contract
from peculium.contract import Signer
from verification.trades.constant_product import Pool, pool_that_pays
from verification.trades.market import BETWEEN, DEPTH, PRICE, SOLD, Market, Step
from verification.trades.play import Play
from verification.trades.published import at, deploy_published

SWAP = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"
FEE = 3_000
PATH_OFFSET = 5 * 32
"""Where the path begins behind the five words of the arguments (bytes)."""
LARGEST_PUSH = 100
"""The most that a sandwich sells before the trade, as a multiple of the pool's reserve."""


class UniswapV2:
    """Factory, router, and honest pairs at the market price."""

    def __init__(self, market: Market) -> None:
        self.market = market
        deployer = market.devnet.role("deployer")
        self.factory = deploy_published(market.web3, deployer, "UniswapV2Factory", deployer.address)
        self.weth = deploy_published(market.web3, deployer, "WETH9")
        suite = (self.factory.address, self.weth.address)
        self.router = deploy_published(market.web3, deployer, "UniswapV2Router02", *suite)
        dollars, ether = DEPTH * 10**6, DEPTH * 10**18 // PRICE
        self.weth.send(market.principal, "deposit", value=ether)
        for token in (market.ether, self.weth):
            self.add_pair(market.principal, market.usdc, token, dollars, ether)
        for token in (market.euro, market.costly, market.reentrant):
            self.add_pair(market.principal, market.usdc, token, dollars, dollars)
        self.add_pair(market.principal, market.reentrant, market.euro, dollars, dollars)

    def add_pair(self, owner: Signer, first: Contract, second: Contract, of_first: int, of_second: int) -> None:
        """Creates a pair with these reserves (base units). It sends them itself, because the pair may be new."""
        self.factory.send(owner, "createPair", first.address, second.address)
        pair = at(self.market.web3, "UniswapV2Pair", self.factory.read("getPair", first.address, second.address))
        first.send(owner, "transfer", pair.address, of_first)
        second.send(owner, "transfer", pair.address, of_second)
        pair.send(owner, "mint", owner.address)

    def pool(self, path: Sequence[Contract]) -> Pool:
        """The pair of two tokens, for one who sells the first."""
        pair = self.factory.read("getPair", *(token.address for token in path))
        sold, bought = (int(token.read("balanceOf", pair)) for token in path)
        return Pool(sold, bought, FEE)

    def swap(self, sold: int, path: Sequence[Contract], recipient: str, least: int = 0, function: str = SWAP) -> str:
        """Calldata of a swap that accepts any output from `least` on (base units)."""
        addresses = [token.address for token in path]
        return self.router.call_data(function, sold, least, addresses, recipient, self.market.deadline)


class V2Play(Play):
    """A play on Uniswap V2 with a venue that all of them share."""

    venue = "Uniswap V2"
    function = SWAP

    def __init__(self, market: Market, uniswap: UniswapV2) -> None:
        super().__init__(market)
        self.uniswap = uniswap

    @property
    def target(self) -> Contract:
        """The router."""
        return self.uniswap.router

    def swap(self, wallet: AgentWallet, path: Sequence[Contract], recipient: str = "") -> None:
        """The wallet sells its budget."""
        self.market.trade(wallet, self.target, self.uniswap.swap(SOLD, path, recipient or wallet.address))

    @property
    def path(self) -> tuple[Contract, ...]:
        """From dollars to what the principal wants, by the honest pair."""
        return self.market.usdc, self.gain_token

    def pinned_path(self, recipient: Argument) -> tuple[Argument, ...]:
        """Rules on every word, which allow the honest path only."""
        offset, length = Argument.equal(PATH_OFFSET), Argument.equal(len(self.path))
        tokens = (Argument.equal(token.address) for token in self.path)
        return Argument.at_most(SOLD), Argument.any(), offset, recipient, Argument.any(), length, *tokens


class HonestV2(V2Play):
    """Trades as the principal wants it."""

    name = "honest trade"

    def arguments(self) -> tuple[Argument, ...]:
        """The path is pinned."""
        return self.pinned_path(Argument.this_wallet())

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """Sells at the market."""
        self.swap(wallet, self.path)


class OwnPairs(V2Play):
    """Trades by pairs that the agent created, through a token that it created."""

    name = "own pairs in the path"
    leaves_open = "path"

    def arguments(self) -> tuple[Argument, ...]:
        """Any path."""
        return (
            Argument.at_most(SOLD),
            Argument.any(),
            Argument.any_words(),
            Argument.this_wallet(),
            Argument.any(),
        )

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """The last pair pays as much as the agent wants."""
        self.add_pairs(aim)
        self.swap(wallet, self.own_path)

    @property
    def own_path(self) -> tuple[Contract, ...]:
        """Through the agent's token."""
        return self.market.usdc, self.market.worthless, self.gain_token

    def add_pairs(self, aim: int) -> None:
        """Creates the pairs, of which the last pays `aim` (base units) for the budget."""
        dollars, own, gain = self.own_path
        first = pool_that_pays(SOLD, BETWEEN, FEE)
        self.uniswap.add_pair(self.market.agent, dollars, own, *first)
        arriving = Pool(*first, FEE).output(SOLD)
        self.uniswap.add_pair(self.market.agent, own, gain, *pool_that_pays(arriving, aim, FEE))


class SandwichV2(V2Play):
    """Moves the price of the honest pair by a flash loan, trades with minimum output zero, and moves it back."""

    name = "flash-loan sandwich"
    leaves_open = "minimum output"

    def arguments(self) -> tuple[Argument, ...]:
        """The path is pinned, but any minimum is allowed."""
        return self.pinned_path(Argument.this_wallet())

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """Buys ether before the trade and sells it afterwards."""
        self.sandwich(wallet, self.largest_loan(aim))

    def largest_loan(self, aim: int) -> int:
        """The largest loan, sold before the trade, with which the honest pair still pays `aim` (both base units)."""
        pool = self.uniswap.pool(self.path)
        return pool.largest_sale_before(SOLD, aim, LARGEST_PUSH * pool.reserve_in)

    def sandwich(self, wallet: AgentWallet, loan: int, *before: Step) -> None:
        """Moves the price of the path's first pair by a loan (base units). `before` are steps right before the trade."""
        m, router, pair = self.market, self.target, self.path[:2]
        bought, (dollars, other) = self.uniswap.pool(pair).output(loan), pair
        front = [
            (dollars.address, 0, dollars.call_data("approve", router.address, loan)),
            (router.address, 0, self.uniswap.swap(loan, pair, m.colluder.address)),
            *before,
        ]
        back = [
            (other.address, 0, other.call_data("approve", router.address, bought)),
            (router.address, 0, self.uniswap.swap(bought, pair[::-1], m.colluder.address)),
        ]
        m.sandwich(wallet, (router, self.uniswap.swap(SOLD, self.path, wallet.address)), front, back, loan)


class OwnRecipientV2(V2Play):
    """Trades at the market, for itself."""

    name = "other recipient"
    leaves_open = "recipient"

    def arguments(self) -> tuple[Argument, ...]:
        """The path is pinned, but any recipient is allowed."""
        return self.pinned_path(Argument.any_address())

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """The agent receives everything."""
        self.swap(wallet, self.path, self.market.agent.address)


V2_PLAYS = (HonestV2, OwnPairs, SandwichV2, OwnRecipientV2)
