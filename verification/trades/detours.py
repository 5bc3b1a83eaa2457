"""Plays on Uniswap V2 that try to get around a floor."""

from __future__ import annotations

from decimal import Decimal

from eth_utils import to_checksum_address

from peculium import NATIVE, AgentWallet, Argument, Authorization, Contract, Domain
from peculium.contract import send_transaction
from peculium.keys import sign_with
from peculium.units import from_base_units
from verification.trades.constant_product import pool_that_pays
from verification.trades.market import BETWEEN, BUDGET, DEPTH, SOLD, Market
from verification.trades.uniswap_v2 import FEE, LARGEST_PUSH, OwnPairs, SandwichV2, V2Play

SETTLE = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
EURO = Domain("USD Coin", "2")
"""The EIP-712 domain of the euro token."""
PAYMENT = 95 * 10**6
"""What a customer pays the wallet beside a trade (base units of the euro token)."""
TRADES = 10
"""Into how many trades the agent divides the budget."""
DEEP = 10**10
"""So deep a pair of the agent that its price stays the same during these trades."""
LOWER_PRICE = 1_800
"""The market price of an ether token when the agent trades, after it has fallen (dollars)."""
HELD = 10_000 * 10**6
"""What the wallet holds of the token that it buys (base units)."""
FULL_FEE = 10_000
"""The largest fee of the costly token: all of the amount (hundredths of a percent)."""


def settlement(market: Market, wallet: AgentWallet, amount: int) -> tuple[str, str]:
    """Target and calldata that settle a customer's payment of euros to the wallet (EIP-3009). Anyone can call it."""
    payment = Authorization(market.euro.address, wallet.address, amount, market.deadline, EURO, bytes(32))
    customer = str(market.customer.address)
    signature = sign_with(market.customer, payment.typed_data(customer, market.web3.eth.chain_id))
    arguments = (customer, wallet.address, amount, 0, market.deadline, bytes(32), signature)
    return market.euro.address, market.euro.call_data(SETTLE, *arguments)


class SmallTrades(OwnPairs):
    """Divides the budget into small trades, so that each can be rounded."""

    name = f"own pairs, {TRADES} small trades"

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """Each trade gains its part of the aim."""
        m, dollars = self.market, BUDGET / TRADES
        sold, between = SOLD // TRADES, BETWEEN // TRADES
        _, own, gain = self.own_path
        # A little more than the aim, because each trade still moves the price a little.
        least = aim * (10**7 + 1) // (TRADES * 10**7) + 2
        self.uniswap.add_pair(m.agent, m.usdc, own, *pool_that_pays(sold, between, FEE, DEEP))
        first = self.uniswap.pool((m.usdc, own)).output(sold)
        self.uniswap.add_pair(m.agent, own, gain, *pool_that_pays(first, least, FEE, DEEP))
        for _ in range(TRADES):
            m.trade(wallet, self.target, self.uniswap.swap(sold, self.own_path, wallet.address), dollars)


class FallenPrice(SandwichV2):
    """Trades under a mandate from before the price of ether fell: the floor is in ether, and now worth less."""

    name = f"sandwich, ether at {LOWER_PRICE:,}"
    leaves_open = "minimum output, an old floor"

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """The principal's own sales move the honest pair to the market price."""
        m, pool = self.market, self.uniswap.pool(self.path)
        product = pool.reserve_in * pool.reserve_out
        ethers = int((Decimal(product) * 10**12 / LOWER_PRICE).sqrt())
        sold = (ethers - pool.reserve_out) * 1_000 // 997
        m.ether.send(m.principal, "approve", self.target.address, sold)
        swap = self.uniswap.swap(sold, self.path[::-1], str(m.principal.address))
        send_transaction(m.web3, m.principal, self.target.address, swap)
        super().run(wallet, aim)

    def worth(self, gained: int) -> Decimal:
        """At the market price when the agent trades."""
        return from_base_units(gained, self.decimals) * LOWER_PRICE


class CostlyOutput(V2Play):
    """Buys a token that keeps a fee of each transfer, and has it raised first. The router counts what the pair sent."""

    name = "higher fee of the bought token"
    leaves_open = "fee of the bought token"
    price, decimals = 1, 6
    least = 99 * 10**6

    @property
    def gain_token(self) -> Contract:
        """The token with the fee."""
        return self.market.costly

    def arguments(self) -> tuple[Argument, ...]:
        """The path is pinned, and a minimum output."""
        amount, _, *others = self.pinned_path(Argument.this_wallet())
        return amount, Argument.at_least(self.least), *others

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """Sets the largest fee (in hundredths of a percent) that leaves the aim to the wallet."""
        m = self.market
        sent = self.uniswap.pool(self.path).output(SOLD)
        fee = FULL_FEE if aim <= 1 else (sent - aim) * FULL_FEE // sent
        m.costly.send(m.agent, "setFee", fee)
        m.trade(wallet, self.target, self.uniswap.swap(SOLD, self.path, wallet.address, self.least))


class ForwardedEther(V2Play):
    """Receives the native currency itself, and forwards a part to the wallet inside the call."""

    name = "recipient forwards a part"
    leaves_open = "recipient"
    function = "swapExactTokensForETH(uint256,uint256,address[],address,uint256)"

    @property
    def gain_token(self) -> Contract:
        """The token that the router unwraps."""
        return self.uniswap.weth

    @property
    def gain_address(self) -> str:
        """The native currency."""
        return NATIVE

    def balance(self, wallet: AgentWallet) -> int:
        """The wallet's native currency (wei)."""
        return self.market.web3.eth.get_balance(to_checksum_address(wallet.address))

    def arguments(self) -> tuple[Argument, ...]:
        """The path is pinned, but any recipient is allowed."""
        return self.pinned_path(Argument.any_address())

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """The router pays the agent's contract, which runs then."""
        m = self.market
        m.colluder.send(m.agent, "arm", [(wallet.address, aim, "0x")])
        swap = self.uniswap.swap(SOLD, self.path, m.colluder.address, function=self.function)
        m.trade(wallet, self.target, swap)


class EuroPlay(V2Play):
    """A play for euros, in which a customer pays the wallet."""

    price, decimals = 1, 6

    @property
    def gain_token(self) -> Contract:
        """The token in which the customer pays."""
        return self.market.euro


class IncomeInside(EuroPlay, OwnPairs):
    """Trades by pairs of its own, and has a customer's payment to the wallet settled inside the call."""

    name = "own pairs, payment inside the call"

    def income(self, aim: int) -> int:
        """The customer's payment."""
        return aim

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """The agent's token settles the payment when it is transferred; the last pair pays one base unit."""
        m = self.market
        self.add_pairs(1)
        m.worthless.send(m.agent, "arm", *settlement(m, wallet, aim), 1, True)
        self.swap(wallet, self.own_path)


class IncomeBeside(EuroPlay, SandwichV2):
    """Trades by the honest pair, where none of its code runs, and has a payment settled right before the call."""

    name = "sandwich, payment before the call"

    def income(self, aim: int) -> int:
        """The customer's payment."""
        return PAYMENT

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """The payment is settled in the same transaction."""
        euro, settle = settlement(self.market, wallet, PAYMENT)
        self.sandwich(wallet, self.largest_loan(aim), (euro, 0, settle))


class IncomeByCallback(EuroPlay, SandwichV2):
    """Trades by a pinned path through a token that calls the agent, which has a payment settled inside the call."""

    name = "sandwich, payment by a callback"
    leaves_open = "minimum output, callbacks"

    @property
    def path(self) -> tuple[Contract, ...]:
        """Through a token that calls back when it is transferred."""
        return self.market.usdc, self.market.reentrant, self.market.euro

    def income(self, aim: int) -> int:
        """The customer's payment."""
        return aim

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """Takes as much as it can in the first pair. The callback is armed after the sandwich's own transfers."""
        m = self.market
        euro, settle = settlement(m, wallet, aim)
        arm = m.reentrant.call_data("arm", euro, settle, 1, True)
        self.sandwich(wallet, LARGEST_PUSH * DEPTH * 10**6, (m.reentrant.address, 0, arm))


class RaisedBalance(OwnPairs):
    """Buys a token of which the wallet holds some, and raises all its balances for as long as the call lasts."""

    name = "own pairs, balances raised"
    leaves_open = "path, changeable balances"
    price, decimals = 1, 6

    @property
    def gain_token(self) -> Contract:
        """A token whose balances anyone can multiply."""
        return self.market.elastic

    def income(self, aim: int) -> int:
        """What the wallet held before."""
        return HELD

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """The agent's token raises the balances when it is transferred; afterwards the agent lowers them again."""
        m, whole = self.market, 10**18
        m.elastic.send(m.principal, "transfer", wallet.address, HELD)
        self.add_pairs(2)
        raise_all = m.elastic.call_data("setIndex", whole + aim * whole // HELD)
        m.worthless.send(m.agent, "arm", m.elastic.address, raise_all, 1, True)
        self.swap(wallet, self.own_path)
        m.elastic.send(m.agent, "setIndex", whole)


DETOURS = (
    SmallTrades,
    FallenPrice,
    CostlyOutput,
    ForwardedEther,
    IncomeInside,
    IncomeBeside,
    IncomeByCallback,
    RaisedBalance,
)
