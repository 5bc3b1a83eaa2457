"""The wallet factory: agent, wallet, link and mandate in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eth_account.messages import encode_typed_data

from peculium.contract import Contract, Receipt, Signer
from peculium.mandate import Mandate
from peculium.registry import AgentRegistry
from peculium.units import to_address, to_bytes32, to_timestamp


@dataclass(frozen=True)
class Creation:
    """An agent to be created: who submits it doesn't matter, the signatures say what is created."""

    mandate: Mandate
    salt: int
    wallet: str
    agent_uri: str
    statement_hash: bytes
    deadline: int
    acceptance: bytes = b""
    principal_signature: bytes = b""
    agent_signature: bytes = b""

    def enrollment(self) -> tuple[Any, ...]:
        """The registration as argument of a contract call."""
        return (
            self.agent_uri,
            self.statement_hash,
            self.deadline,
            self.acceptance,
            self.principal_signature,
            self.agent_signature,
        )


@dataclass(frozen=True)
class CreatedAgent:
    """What was created."""

    agent_id: int
    wallet: str
    receipt: Receipt


class AgentWalletFactory(Contract):
    """The factory."""

    abi_name = "AgentWalletFactory"

    def wallet_address(self, principal: str, agent_key: str, salt: int = 0) -> str:
        """The address of a wallet, whether it exists or not: it is safe to fund before."""
        return str(self.read("walletAddress", to_address(principal), to_address(agent_key), salt))

    def is_wallet(self, wallet: str) -> bool:
        """Whether this factory has made the wallet, so that its code is known."""
        return bool(self.read("isWallet", to_address(wallet)))

    def prepare(
        self,
        registry: AgentRegistry,
        mandate: Mandate,
        principal: Signer,
        agent: Signer,
        agent_uri: str,
        statement_hash: bytes,
        deadline: datetime | int,
        salt: int = 0,
    ) -> Creation:
        """Collects the three signatures for an agent: the principal's under liability and mandate, the agent key's under the
        mandate. Where they are made on different machines, sign the same typed data there."""
        wallet = self.wallet_address(mandate.principal, mandate.agent_key, salt)
        statement = to_bytes32(statement_hash, "statement_hash")
        until = to_timestamp(deadline)
        enrollment = registry.enrollment_typed_data(
            mandate.principal, wallet, agent_uri, statement, mandate.epoch, until
        )
        signable = mandate.signable(wallet, self.web3.eth.chain_id)
        return Creation(
            mandate=mandate,
            salt=salt,
            wallet=wallet,
            agent_uri=agent_uri,
            statement_hash=statement,
            deadline=until,
            acceptance=bytes(principal.sign_message(encode_typed_data(full_message=enrollment)).signature),
            principal_signature=bytes(principal.sign_message(signable).signature),
            agent_signature=bytes(agent.sign_message(signable).signature),
        )

    def create_agent(self, signer: Signer, creation: Creation) -> CreatedAgent:
        """Creates the agent; `signer` only pays the gas."""
        creation.mandate.check()
        receipt = self.send(signer, "createAgent", creation.mandate.as_tuple(), creation.salt, creation.enrollment())
        created = receipt.event("AgentCreated").arguments
        return CreatedAgent(created["agentId"], created["wallet"], receipt)
