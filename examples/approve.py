"""A principal decides what its agent asks for: one request is approved and paid, the other refused."""

from decimal import Decimal

from peculium import Principal, Request
from peculium.devnet import Devnet, ready_agent

devnet = Devnet.open()
principal = Principal(devnet.role("principal"), devnet.url)
agent, usdc, caterer = ready_agent(devnet), devnet.usdc, devnet.role("caterer").address  # no payee of the mandate
wallet, before = agent.wallet.address, usdc.balance(caterer)

banquet = agent.request_payment("USDC", caterer, 350, ref="a banquet")
yacht = agent.request_payment("USDC", caterer, 900, ref="a yacht")

for waiting in principal.requests(wallet):
    request = waiting.request
    assert isinstance(request, Request)  # not a call
    decide = principal.approve if Decimal(request.amount) <= 400 else principal.refuse
    print(request.amount, "approved" if decide(wallet, waiting).approved else "refused")

print("the banquet:", agent.request_outcome(banquet))
print("the yacht:", agent.request_outcome(yacht))
print("the caterer got", usdc.balance(caterer) - before)
