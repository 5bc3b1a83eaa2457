"""An auditor attests a principal; a counterparty that trusts the auditor deals with its agents as long as that holds."""

import peculium
from peculium import Issuer
from peculium.credentials import verify
from peculium.devnet import Devnet, ready_agent

devnet = Devnet.open()
principal, auditor, wallet = (
    devnet.role("principal"),
    Issuer(devnet.new_account(), devnet.url),
    ready_agent(devnet).wallet,
)
audit = "https://schemas.example/audit/1"
terms = {"valid_from": devnet.now(), "valid_until": devnet.now() + 365 * 86_400}


def deals_with(agent_wallet: str) -> bool:
    """Whether the agent may act now and has, or its principal has, a credential of the auditor."""
    found = peculium.check(agent_wallet, devnet.url, credentials=[audit], issuers=[auditor.address])
    return found.live and not found.missing


print("before:", deals_with(wallet.address))
signed = auditor.sign(principal.address, audit, {"grade": "A"}, **terms)  # the principal can present it to anybody
offline = verify(signed, issuers=[auditor.address], at=devnet.now(), chain_id=devnet.web3.eth.chain_id)
print("offline:", offline.name)
issued = auditor.issue(principal.address, audit, {"grade": "A"}, **terms)
print("issued:", deals_with(wallet.address))
auditor.revoke(issued)
print("revoked:", deals_with(wallet.address))
