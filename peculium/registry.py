"""The agent registry: who is this agent, who answers for it, is it live?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from peculium.contract import Contract, Receipt, Signer
from peculium.mandate import Mandate, typed_data
from peculium.units import from_timestamp, to_address, to_bytes32

REGISTRY_DOMAIN = ("ERC8004IdentityRegistry", "1")


class Status(IntEnum):
    """Whether an agent may act, from worst known to best."""

    UNKNOWN = 0
    UNACCEPTED = 1
    REVOKED = 2
    EXPIRED = 3
    DORMANT = 4
    PAUSED = 5
    NOT_YET_VALID = 6
    ACTIVE = 7


@dataclass(frozen=True)
class AgentCheck:
    """The answer of a check. What isn't known is zero."""

    agent_id: int
    principal: str
    wallet: str
    mandate_hash: bytes
    valid_from: datetime
    valid_until: datetime
    status: Status

    @property
    def active(self) -> bool:
        """Whether the agent may act now."""
        return self.status is Status.ACTIVE


class AgentRegistry(Contract):
    """The registry."""

    abi_name = "AgentRegistry"

    def check_agent(self, agent_id: int) -> AgentCheck:
        """All that a counterparty has to know of an agent, in one call."""
        return _check(self.read("checkAgent", agent_id))

    def check_wallet(self, wallet: str) -> AgentCheck:
        """The same by the wallet that the agent acts with."""
        return _check(self.read("checkWallet", to_address(wallet)))

    def require_active(self, agent_id: int) -> AgentCheck:
        """The same, raising `AgentNotActive` unless the agent may act now."""
        return _check(self.read("requireActive", agent_id))

    def register(self, signer: Signer, agent_uri: str = "", metadata: dict[str, bytes] | None = None) -> int:
        """Registers an agent of the signer's, as plain ERC-8004 does, and returns its id."""
        receipt = self.send(signer, "register(string,(string,bytes)[])", agent_uri, list((metadata or {}).items()))
        return int(receipt.event("Registered").arguments["agentId"])

    def accept_liability(self, signer: Signer, agent_id: int, statement_hash: bytes) -> Receipt:
        """The signer, owner of the agent, becomes its principal."""
        return self.send(signer, "acceptLiability", agent_id, to_bytes32(statement_hash, "statement_hash"))

    def accept_liability_signed(
        self, signer: Signer, agent_id: int, statement_hash: bytes, epoch: int, deadline: int, signature: bytes
    ) -> Receipt:
        """The same by the owner's signature; `signer` only pays the gas."""
        statement = to_bytes32(statement_hash, "statement_hash")
        return self.send(signer, "acceptLiabilitySigned", agent_id, statement, epoch, deadline, signature)

    def anchor_mandate(
        self,
        signer: Signer,
        agent_id: int,
        mandate: Mandate,
        principal_signature: bytes = b"",
        agent_signature: bytes = b"",
    ) -> Receipt:
        """Anchors a mandate. No signature is needed from whoever is the signer."""
        return self.send(signer, "anchorMandate", agent_id, mandate.head(), principal_signature, agent_signature)

    def set_agent_wallet(
        self, signer: Signer, agent_id: int, wallet: str, deadline: int, wallet_signature: bytes
    ) -> Receipt:
        """Links a wallet that has signed that it is this agent's."""
        return self.send(signer, "setAgentWallet", agent_id, to_address(wallet), deadline, wallet_signature)

    def unset_agent_wallet(self, signer: Signer, agent_id: int) -> Receipt:
        """Unlinks the agent's wallet, which is revoked."""
        return self.send(signer, "unsetAgentWallet", agent_id)

    def transfer(self, signer: Signer, to: str, agent_id: int) -> Receipt:
        """Transfers the agent's token. Liability, wallet and mandate end."""
        return self.send(signer, "transferFrom", signer.address, to_address(to), agent_id)

    def owner_of(self, agent_id: int) -> str:
        """Who owns the agent's token."""
        return str(self.read("ownerOf", agent_id))

    def principal_of(self, agent_id: int) -> str:
        """Who answers for the agent, or the zero address."""
        return str(self.read("principalOf", agent_id))

    def wallet_set_typed_data(self, agent_id: int, wallet: str, owner: str, deadline: int) -> dict[str, Any]:
        """What a wallet signs to be linked (ERC-8004)."""
        return self._typed(
            "AgentWalletSet",
            [
                ("agentId", "uint256", agent_id),
                ("newWallet", "address", to_address(wallet)),
                ("owner", "address", to_address(owner)),
                ("deadline", "uint256", deadline),
            ],
        )

    def enrollment_typed_data(
        self, principal: str, wallet: str, agent_uri: str, statement_hash: bytes, epoch: int, deadline: int
    ) -> dict[str, Any]:
        """What a principal signs to accept liability for an agent that is created with its wallet."""
        return self._typed(
            "AgentEnrollment",
            [
                ("principal", "address", to_address(principal)),
                ("wallet", "address", to_address(wallet)),
                ("agentURI", "string", agent_uri),
                ("statementHash", "bytes32", to_bytes32(statement_hash, "statement_hash")),
                ("epoch", "uint64", epoch),
                ("deadline", "uint256", deadline),
            ],
        )

    def acceptance_typed_data(
        self, agent_id: int, principal: str, statement_hash: bytes, epoch: int, nonce: int, deadline: int
    ) -> dict[str, Any]:
        """What a principal signs to accept liability for an agent that it owns."""
        return self._typed(
            "LiabilityAcceptance",
            [
                ("agentId", "uint256", agent_id),
                ("principal", "address", to_address(principal)),
                ("statementHash", "bytes32", to_bytes32(statement_hash, "statement_hash")),
                ("epoch", "uint64", epoch),
                ("nonce", "uint256", nonce),
                ("deadline", "uint256", deadline),
            ],
        )

    def _typed(self, primary: str, members: list[tuple[str, str, Any]]) -> dict[str, Any]:
        types = {primary: [{"name": name, "type": type_} for name, type_, _ in members]}
        message = {name: value for name, _, value in members}
        return typed_data(REGISTRY_DOMAIN, self.web3.eth.chain_id, self.address, types, primary, message)


def _check(answer: Any) -> AgentCheck:
    agent_id, principal, wallet, mandate_hash, valid_from, valid_until, status = answer
    return AgentCheck(
        agent_id,
        principal,
        wallet,
        mandate_hash,
        from_timestamp(valid_from),
        from_timestamp(valid_until),
        Status(status),
    )
