"""An agent asks its principal for a payment that its mandate doesn't allow, and learns the decision."""

from peculium import ContractError, Principal
from peculium.devnet import Devnet, ready_agent

devnet = Devnet.open()
agent, supplier = ready_agent(devnet), devnet.role("supplier").address
wallet = agent.wallet

try:
    agent.pay("USDC", supplier, 350)
except ContractError as refusal:
    print("refused:", refusal)

asked = agent.request_payment("USDC", supplier, 350, ref="a new laptop")
print("asked:", agent.request_outcome(asked))

# The principal reads what waits and decides.
principal = Principal(devnet.role("principal"), devnet.url)
(waiting,) = principal.requests(wallet.address)
principal.approve(wallet.address, waiting)
print("decided:", agent.request_outcome(asked))
print("left in these 24 hours:", wallet.remaining("USD").window)  # an approval is the principal's own spending
