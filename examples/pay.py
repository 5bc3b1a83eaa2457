"""An agent pays within its mandate, is refused beyond it, and is stopped."""

from datetime import timedelta

from peculium import Agent, Budget, ContractError, Mandate, Principal, Token, Window
from peculium.devnet import Devnet

devnet = Devnet.open()  # a local chain with the contracts, funded accounts and a test USDC
supplier, key = devnet.role("supplier"), devnet.new_account()
principal = Principal(devnet.role("principal"), devnet.url)

# The principal grants a mandate: 100 USD a payment, 500 in any 24 hours, one payee, for 30 days.
budget = Budget(
    currency="USD",
    payment_limit=100,
    lifetime_limit=10_000,
    windows=[Window(timedelta(days=1), 500)],
    tokens=[Token(devnet.usdc.address, decimals=6)],
    payees=[supplier.address],
)
mandate = Mandate(principal.address, key.address, devnet.now(), devnet.now() + 30 * 86_400, [budget])
wallet = principal.create_agent(mandate, key, uri="https://agents.example/1.json", statement="I answer for it.").wallet
devnet.mint(devnet.usdc, wallet, 1_000)

# The agent pays. What the mandate doesn't allow raises, and nothing moves.
agent = Agent(wallet, key, devnet.url, names={"supplier": supplier.address})
agent.pay("USDC", "supplier", "42.50", ref="INV-2026-0042")
print("paid 42.50, left in these 24 hours:", agent.wallet.remaining("USD").window)
try:
    agent.pay("USDC", "supplier", "101")
except ContractError as refusal:
    print("refused:", refusal)

# The principal stops the agent, and withdraws.
principal.revoke(wallet)
try:
    agent.pay("USDC", "supplier", "1")
except ContractError as refusal:
    print("refused:", refusal.as_dict()["code"])
print("withdrawn:", principal.withdraw_all(wallet, "USDC").amount)
