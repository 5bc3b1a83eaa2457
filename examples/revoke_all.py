"""A principal stops all its agents with one transaction; what an agent signed before is void too."""

from datetime import UTC, datetime, timedelta

from peculium import ContractError, Pay, Principal
from peculium.devnet import Devnet, ready_agent

devnet = Devnet.open()
principal, supplier = Principal(devnet.role("owner"), devnet.url), devnet.role("supplier").address
agents = [ready_agent(devnet, by="owner") for _ in range(3)]
wallets = [agent.wallet for agent in agents]
agents[0].pay("USDC", supplier, 10)

deadline = datetime.now(UTC) + timedelta(days=7)
held = wallets[1].sign_action(agents[1].key, Pay(devnet.usdc.address, supplier, 10), deadline=deadline)

principal.revoke_all()

print("status:", *(devnet.suite.registry.check_wallet(wallet.address).status.name for wallet in wallets))
for agent in agents:
    try:
        agent.pay("USDC", supplier, 1)
    except ContractError as refusal:
        print("refused:", refusal.as_dict()["code"])
try:
    wallets[1].act(devnet.role("relayer"), held)
except ContractError as refusal:
    print("signed before, refused:", refusal.as_dict()["code"])

for wallet in wallets:
    principal.withdraw_all(wallet.address, "USDC")
print("left in the wallets:", *(devnet.usdc.balance(wallet.address) for wallet in wallets))
