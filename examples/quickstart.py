"""An agent pays within its mandate, is refused beyond it, and is stopped. Runs on a local chain."""

from datetime import timedelta

from peculium import Budget, ContractError, Mandate, Token, Window
from peculium.devnet import Devnet

devnet = Devnet.start()  # a local chain with the contracts, funded accounts and a test USDC
principal, agent, supplier = (devnet.role(name) for name in ("principal", "agent", "supplier"))
usdc = devnet.usdc

# The principal grants a mandate: 100 USD a payment, 500 in any 24 hours, one payee, for 30 days.
budget = Budget(
    currency="USD",
    payment_limit=100,
    lifetime_limit=10_000,
    windows=[Window(timedelta(days=1), 500)],
    tokens=[Token(usdc.address, decimals=6)],
    payees=[supplier.address],
)
mandate = Mandate(
    principal=principal.address,
    agent_key=agent.address,
    valid_from=devnet.now(),
    valid_until=devnet.now() + 30 * 86_400,
    budgets=[budget],
)
wallet, _ = devnet.create_agent(mandate, salt=1, uri="https://agents.example/1.json", statement="I answer for it.")
devnet.mint(usdc, wallet.address, 1_000)

# The agent pays. What the mandate doesn't allow raises, and nothing moves.
wallet.pay(agent, usdc.address, supplier.address, "42.50", ref="INV-2026-0042")
print("paid 42.50, left in these 24 hours:", wallet.remaining("USD").window)
try:
    wallet.pay(agent, usdc.address, supplier.address, "101")
except ContractError as refusal:
    print("refused:", refusal)

# The principal stops all its agents in one transaction, and withdraws.
devnet.suite.switch.revoke_all(principal)
print("status:", devnet.suite.registry.check_wallet(wallet.address).status.name)
try:
    wallet.pay(agent, usdc.address, supplier.address, "1")
except ContractError as refusal:
    print("refused:", refusal)
wallet.withdraw_all(principal, usdc.address, principal.address)
print("withdrawn:", usdc.balance(principal.address))
