"""An agent without ether pays by a user operation (ERC-4337): its wallet pays for gas, within the mandate's gas terms."""

from peculium import SelfBundler
from peculium.devnet import Devnet, ready_agent
from peculium.transports import UserOperations

devnet = Devnet.open()
agent, supplier = ready_agent(devnet), devnet.role("supplier").address
wallet, key = agent.wallet, agent.key
devnet.set_balance(key.address, 0)

# This bundler sends operations itself. RPCBundler(web3, url) is any other one.
bundler = SelfBundler(devnet.web3, devnet.role("bundler"))
receipt = agent.pay("USDC", supplier, "42.50", ref="INV-42", via=UserOperations(bundler))

print("paid", receipt.event("PaymentMade").arguments["amount"], "base units")
print("left in these 24 hours:", wallet.remaining("USD").window)
print("the wallet paid for gas:", devnet.ether(wallet.address) < 1)
print("the agent key has", devnet.ether(key.address), "ether")
