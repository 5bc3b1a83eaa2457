"""An agent trades at Uniswap V2 within its mandate, asks for more, and then goes rogue. Runs on a local chain."""

from collections.abc import Sequence
from datetime import timedelta

from examples.market import Market, attempt
from peculium import Agent, Floor
from peculium.trades import swap_v2, swap_v2_data

market = Market()  # a local chain with Uniswap V2, and a pair of USDC and ether at 2,000
usdc, ether, junk = (token.address for token in (market.usdc, market.ether, market.junk))
principal, router, switch = market.principal, market.router.address, market.devnet.suite.switch

# The principal allows trades of USDC for ether along one path: 100 each, 250 in any 24 hours, at 95 % of the price or better.
floor = Floor.of(ether, 18, "0.000475", charged_decimals=6)  # ether for each USDC; 0.0005 is the price
rule = swap_v2(router, [usdc, ether], floor=floor, pull_limit=100, max_calls=20, window=timedelta(days=1))
wallet = market.create_wallet(rule, per_payment=100, per_day=250)
trader = Agent(wallet.address, market.agent, market.devnet.suite)


def proposal(dollars: int, path: Sequence[str] = (usdc, ether), receiver: str = wallet.address) -> bytes:
    """The calldata of a trade that takes 1 % less than the market gives now, but not less."""
    least = market.quote(dollars, path) * 99 // 100
    return swap_v2_data(receiver, path, dollars * 10**6, market.deadline(), least)


def buy(dollars: int, path: Sequence[str] = (usdc, ether), receiver: str = wallet.address) -> None:
    """Trades this many USDC."""
    trader.call(router, proposal(dollars, path, receiver), pull=dollars, ref="rebalance")


attempt("buy ether for 100", lambda: buy(100))
attempt("buy ether for 100", lambda: buy(100))
attempt("buy for 100 more, beyond 250 in 24 hours", lambda: buy(100))

# A trade above the limits waits for a person: the principal sees target, calldata and amount, and approves exactly that.
attempt("buy for 300 at once", lambda: buy(300))
trader.request_call(router, proposal(300), pull_token="USDC", pull=300, ref="opportunity")
asked = wallet.pending_requests()[0]
attempt(
    "buy for 300 with approval", lambda: wallet.approve_request(principal, asked.slot, asked.request, asked.asked_at)
)

# The agent goes rogue.
attempt("trade at the accomplice's pair", lambda: buy(50, path=(usdc, junk)))
attempt("send the ether to the accomplice", lambda: buy(50, receiver=market.accomplice.address))
attempt("pay 50 to the accomplice", lambda: trader.pay("USDC", market.accomplice.address, 50))
market.push_price(50_000)
attempt(f"buy after the accomplice drove the price to {market.price():,.0f}", lambda: buy(50))
market.restore_price()
attempt("buy in small pieces, the first", lambda: buy(10))
switch.pause(principal, wallet.address)
attempt("buy in small pieces, the second, after the principal's stop", lambda: buy(10))
print("left in the wallet:", market.usdc.balance(wallet.address), "USDC, and", market.bought(wallet), "ether")
