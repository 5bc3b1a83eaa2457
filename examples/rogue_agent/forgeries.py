"""Attacks that need more than one call: forged token signatures, replays and reentrancy."""

from __future__ import annotations

from typing import Any

from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from examples.rogue_agent.demo import Demo
from peculium import AgentWallet
from peculium.factory import Creation
from peculium.mandate import typed_data

HOUR, DAY = 3_600, 86_400
PERMIT = {"owner": "address", "spender": "address", "value": "uint256", "nonce": "uint256", "deadline": "uint256"}
TRANSFER = {
    "from": "address",
    "to": "address",
    "value": "uint256",
    "validAfter": "uint256",
    "validBefore": "uint256",
    "nonce": "bytes32",
}


class Forgeries:
    """What an agent's key can sign and send against its own wallet."""

    def __init__(self, demo: Demo, wallet: AgentWallet, agent: LocalAccount, creation: Creation) -> None:
        self.demo, self.wallet, self.agent, self.creation = demo, wallet, agent, creation

    def permit(self) -> None:
        """ERC-2612: USDC asks the wallet whether it signed an approval (ERC-1271)."""
        deadline = self.demo.devnet.now() + HOUR
        values = (self.wallet.address, self.demo.accomplice, 10**12, 0, deadline)
        signature = self._sign("Permit", PERMIT, values)
        arguments = (self.wallet.address, self.demo.accomplice, 10**12, deadline, signature)
        self.demo.usdc.send(self.agent, "permit(address,address,uint256,uint256,bytes)", *arguments)

    def transfer(self) -> None:
        """ERC-3009: USDC asks the wallet whether it signed a transfer (ERC-1271)."""
        values = (self.wallet.address, self.demo.accomplice, 10**8, 0, self.demo.devnet.now() + HOUR, bytes(32))
        signature = self._sign("TransferWithAuthorization", TRANSFER, values)
        function = f"transferWithAuthorization({','.join(TRANSFER.values())},bytes)"
        self.demo.usdc.send(self.agent, function, *values, signature)

    def replay_mandate(self) -> None:
        """Installs the first mandate again, with its genuine signatures."""
        signed = self.creation
        self.wallet.set_mandate_signed(self.agent, signed.mandate, signed.principal_signature, signed.agent_signature)

    def reenter(self) -> None:
        """Pays in a token that calls the wallet back during its transfer."""
        demo, token = self.demo, self.demo.reentrant
        # Two days later the outer payment is within the limit, so the token is called.
        demo.devnet.mine_at(demo.devnet.now() + 2 * DAY)
        inner = self.wallet.call_data("pay", demo.usdc.address, demo.supplier, 10**8, bytes(32))
        token.send(self.agent, "arm", self.wallet.address, inner, 1, True)
        try:
            self.wallet.pay(self.agent, token.address, demo.supplier, "1")
        finally:
            # An armed token would refuse the principal's withdrawal at the end.
            token.send(self.agent, "arm", self.wallet.address, b"", 0, False)

    def _sign(self, primary: str, members: dict[str, str], values: tuple[Any, ...]) -> bytes:
        """The agent key's signature of typed data for USDC."""
        usdc = self.demo.usdc
        data = typed_data(
            domain=(usdc.read("name"), usdc.read("version")),
            chain_id=self.demo.devnet.web3.eth.chain_id,
            contract=usdc.address,
            types={primary: [{"name": name, "type": kind} for name, kind in members.items()]},
            primary=primary,
            message=dict(zip(members, values, strict=True)),
        )
        return bytes(self.agent.sign_message(encode_typed_data(full_message=data)).signature)
