"""An agent without ether signs its payments; a relayer sends them and is paid in USDC."""

from datetime import timedelta

from peculium import Agent, Budget, Mandate, Token, Window
from peculium.devnet import Devnet
from peculium.transports import Relayed

devnet = Devnet.open()
principal, relayer, key = devnet.role("principal"), devnet.role("relayer"), devnet.new_account()
devnet.set_balance(key.address, 0)

# The relayer is a payee as well: its fee is charged like every payment.
payees = [devnet.role("supplier").address, relayer.address]
token, window = Token(devnet.usdc.address, decimals=6), Window(timedelta(days=1), 500)
budget = Budget("USD", payment_limit=100, lifetime_limit=10_000, windows=[window], tokens=[token], payees=payees)
mandate = Mandate(principal.address, key.address, devnet.now(), devnet.now() + 30 * 86_400, [budget])
wallet, _ = devnet.create_agent(mandate)
devnet.mint(devnet.usdc, wallet.address, 1_000)
before = devnet.usdc.balance(relayer.address)

agent = Agent(wallet.address, key, devnet.url, via=Relayed(relayer, fee=(devnet.usdc.address, "0.10")))
agent.pay("USDC", payees[0], "42.50", ref="INV-42", once="INV-42")

print("left in these 24 hours:", wallet.remaining("USD").window)
print("the relayer got", devnet.usdc.balance(relayer.address) - before)
print("the agent key has", devnet.ether(key.address), "ether")
