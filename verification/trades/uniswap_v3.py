"""Plays on Uniswap V3: `exactInputSingle` and `exactInput` of the router."""

from __future__ import annotations

from math import isqrt

from eth_utils import to_checksum_address

from peculium import AgentWallet, Argument, Contract
from peculium.contract import Signer
from peculium.trades import exact_input
from verification.trades.constant_product import Pool, pool_that_pays
from verification.trades.market import BETWEEN, BUDGET, DEPTH, PRICE, SOLD, Market
from verification.trades.play import CALL_WINDOW, MAX_CALLS, PART, Play
from verification.trades.published import deploy_published

SINGLE = "exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))"
BY_PATH = "exactInput((bytes,address,uint256,uint256,uint256))"
FEE, OWN_FEE = 3_000, 10_000
"""The fee tiers of the honest pool and of the agent's (millionths)."""
SPACING = {3_000: 60, 10_000: 200}
"""The tick spacing of each tier."""
LARGEST_TICK = 887_272
LARGEST_PUSH = 100
"""The most that a sandwich sells before the trade, as a multiple of the pool's reserve."""
ZERO_ADDRESS = "0x" + "00" * 20


def path_of(fee: int, *tokens: Contract) -> bytes:
    """A path through these tokens, by pools with one fee (bytes as the router takes them)."""
    return fee.to_bytes(3).join(bytes.fromhex(token.address[2:]) for token in tokens)


class UniswapV3:
    """Factory, router, and an honest pool at the market price with liquidity at every price."""

    def __init__(self, market: Market) -> None:
        self.market = market
        deployer = market.devnet.role("deployer")
        self.factory = deploy_published(market.web3, deployer, "UniswapV3Factory")
        weth = deploy_published(market.web3, deployer, "WETH9")
        suite = (self.factory.address, weth.address)
        self.router = deploy_published(market.web3, deployer, "SwapRouter", *suite)
        # Without a descriptor, which only draws the picture of a position.
        self.positions = deploy_published(market.web3, deployer, "NonfungiblePositionManager", *suite, ZERO_ADDRESS)
        self.honest = DEPTH * 10**6, DEPTH * 10**18 // PRICE
        self.add_pool(market.principal, market.usdc, market.ether, FEE, *self.honest)

    def add_pool(
        self, owner: Signer, first: Contract, second: Contract, fee: int, of_first: int, of_second: int
    ) -> None:
        """Creates a pool with these amounts (base units), whose ratio is its price."""
        tokens = sorted(((first, of_first), (second, of_second)), key=lambda each: int(each[0].address, 16))
        (token0, amount0), (token1, amount1) = tokens
        price = isqrt((amount1 << 192) // amount0)
        addresses = token0.address, token1.address
        self.positions.send(owner, "createAndInitializePoolIfNecessary", *addresses, fee, price)
        for token, amount in tokens:
            token.send(owner, "approve", self.positions.address, amount)
        tick = LARGEST_TICK // SPACING[fee] * SPACING[fee]
        position = (*addresses, fee, -tick, tick, amount0, amount1, 0, 0, owner.address, self.market.deadline)
        self.positions.send(owner, "mint", position)

    def pool(self) -> Pool:
        """The honest pool, for one who sells dollars."""
        return Pool(*self.honest, FEE, fee_joins_reserves=False)

    def swap(self, sold: int, sold_token: Contract, bought_token: Contract, fee: int, recipient: str) -> str:
        """Calldata of a swap in one pool that accepts any output and any price."""
        tokens = sold_token.address, bought_token.address
        return self.router.call_data("exactInputSingle", (*tokens, fee, recipient, self.market.deadline, sold, 0, 0))

    def swap_by_path(self, sold: int, path: bytes, recipient: str) -> str:
        """Calldata of a swap by a path of pools that accepts any output."""
        return self.router.call_data("exactInput", (path, recipient, self.market.deadline, sold, 0))


class V3Play(Play):
    """A play on Uniswap V3 with a venue that all of them share."""

    venue = "Uniswap V3"
    function = SINGLE

    def __init__(self, market: Market, uniswap: UniswapV3) -> None:
        super().__init__(market)
        self.uniswap = uniswap

    @property
    def target(self) -> Contract:
        """The router."""
        return self.uniswap.router

    def single(self, fee: Argument, recipient: Argument) -> tuple[Argument, ...]:
        """Rules for `exactInputSingle` from dollars to ether."""
        tokens = (Argument.equal(token.address) for token in (self.market.usdc, self.market.ether))
        return *tokens, fee, recipient, Argument.any(), Argument.at_most(SOLD), Argument.any(), Argument.any()

    def swap(self, wallet: AgentWallet, fee: int, recipient: str = "") -> None:
        """The wallet sells its budget in the pool with this fee."""
        m = self.market
        m.trade(wallet, self.target, self.uniswap.swap(SOLD, m.usdc, m.ether, fee, recipient or wallet.address))


class HonestV3(V3Play):
    """Trades as the principal wants it."""

    name = "honest trade"

    def arguments(self) -> tuple[Argument, ...]:
        """The fee tier is pinned."""
        return self.single(Argument.equal(FEE), Argument.this_wallet())

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """Sells at the market."""
        self.swap(wallet, FEE)


class OwnFeeTier(V3Play):
    """Trades in a pool of another fee tier, which the agent created at a price of its own."""

    name = "own pool in another fee tier"
    leaves_open = "fee tier"

    def arguments(self) -> tuple[Argument, ...]:
        """Any fee tier."""
        return self.single(Argument.any(), Argument.this_wallet())

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """The pool pays as much as the agent wants."""
        m = self.market
        # A pool rounds its liquidity down, and so pays a little less than computed.
        reserves = pool_that_pays(SOLD, aim + aim // 10**7, OWN_FEE)
        self.uniswap.add_pool(m.agent, m.usdc, m.ether, OWN_FEE, *reserves)
        self.swap(wallet, OWN_FEE)


class OwnPath(V3Play):
    """Trades by pools that the agent created, through a token that it created."""

    name = "own pools in the path"
    leaves_open = "path"
    function = BY_PATH

    def arguments(self) -> tuple[Argument, ...]:
        """Rules on every word of the struct, which allow any path of two pools (66 bytes, in three words)."""
        struct, path, length = (Argument.equal(word) for word in (32, 5 * 32, 66))
        bounded = (Argument.this_wallet(), Argument.any(), Argument.at_most(SOLD), Argument.any())
        return struct, path, *bounded, length, *(Argument.any(),) * 3

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """The last pool pays as much as the agent wants."""
        m = self.market
        first = pool_that_pays(SOLD, BETWEEN, OWN_FEE)
        self.uniswap.add_pool(m.agent, m.usdc, m.worthless, OWN_FEE, *first)
        # The first pool also pays a little less than computed.
        second = pool_that_pays(BETWEEN - BETWEEN // 10**7, aim, OWN_FEE)
        self.uniswap.add_pool(m.agent, m.worthless, m.ether, OWN_FEE, *second)
        path = path_of(OWN_FEE, m.usdc, m.worthless, m.ether)
        m.trade(wallet, self.target, self.uniswap.swap_by_path(SOLD, path, wallet.address))


class SandwichV3(V3Play):
    """Moves the price of the honest pool by a flash loan, trades with minimum output zero, and moves it back."""

    name = "flash-loan sandwich"
    leaves_open = "minimum output"

    def arguments(self) -> tuple[Argument, ...]:
        """The fee tier is pinned, but any minimum is allowed."""
        return self.single(Argument.equal(FEE), Argument.this_wallet())

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """Buys ether before the trade and sells it afterwards."""
        m, pool, router = self.market, self.uniswap.pool(), self.target
        loan = pool.largest_sale_before(SOLD, aim, LARGEST_PUSH * pool.reserve_in)
        # The pool rounds each step down; the difference is dust.
        bought = pool.output(loan) * (10**9 - 1) // 10**9
        contract = to_checksum_address(m.colluder.address)
        front = [
            (m.usdc.address, 0, m.usdc.call_data("approve", router.address, loan)),
            (router.address, 0, self.uniswap.swap(loan, m.usdc, m.ether, FEE, contract)),
        ]
        back = [
            (m.ether.address, 0, m.ether.call_data("approve", router.address, bought)),
            (router.address, 0, self.uniswap.swap(bought, m.ether, m.usdc, FEE, contract)),
        ]
        m.sandwich(wallet, (router, self.trade(wallet)), front, back, loan)

    def trade(self, wallet: AgentWallet) -> str:
        """Calldata of the wallet's trade in the honest pool."""
        return self.uniswap.swap(SOLD, self.market.usdc, self.market.ether, FEE, wallet.address)


class SandwichByPath(SandwichV3):
    """The same under a rule of `peculium.trades`, which pins the path by the hash of the calldata's tail."""

    name = "sandwich, path pinned by its hash"
    function = BY_PATH

    def arguments(self) -> tuple[Argument, ...]:
        """What the package's builder pins."""
        m, floor = self.market, self.floor(PART)
        path, calls = (m.usdc.address, FEE, m.ether.address), MAX_CALLS
        rule = exact_input(
            self.target.address, path, pull_limit=BUDGET, floor=floor, max_calls=calls, window=CALL_WINDOW
        )
        return rule.arguments

    def trade(self, wallet: AgentWallet) -> str:
        """Calldata of the wallet's trade by the pinned path."""
        path = path_of(FEE, self.market.usdc, self.market.ether)
        return self.uniswap.swap_by_path(SOLD, path, wallet.address)


class OwnRecipientV3(V3Play):
    """Trades at the market, for itself."""

    name = "other recipient"
    leaves_open = "recipient"

    def arguments(self) -> tuple[Argument, ...]:
        """The fee tier is pinned, but any recipient is allowed."""
        return self.single(Argument.equal(FEE), Argument.any_address())

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """The agent receives everything."""
        self.swap(wallet, FEE, self.market.agent.address)


V3_PLAYS = (HonestV3, OwnFeeTier, OwnPath, SandwichV3, SandwichByPath, OwnRecipientV3)
