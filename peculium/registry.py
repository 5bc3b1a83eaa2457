"""The agent registry (ERC-8004): identity, principal and status of every agent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from peculium.chain.sender import require_signer
from peculium.contract import Contract, Receipt, Signer
from peculium.mandate import Mandate, typed_data
from peculium.signatures import low_s
from peculium.units import from_timestamp, to_address, to_bytes32

REGISTRY_DOMAIN = ("ERC8004IdentityRegistry", "1")
"""Name and version in the EIP-712 domain of the registry; the name is ERC-8004's."""


class Status(IntEnum):
    """Whether an agent can act, and if not, why."""

    UNKNOWN = 0
    """The registry has no such agent, or links no agent to the wallet."""
    UNACCEPTED = 1
    """No principal has accepted liability, or the anchored mandate isn't the one that the wallet enforces."""
    REVOKED = 2
    """The principal revoked the agent permanently."""
    EXPIRED = 3
    """The mandate has ended."""
    DORMANT = 4
    """The principal has missed its heartbeat."""
    PAUSED = 5
    """The agent, or all agents of the principal, are paused."""
    NOT_YET_VALID = 6
    """The mandate hasn't begun."""
    ACTIVE = 7
    """The agent can act."""


@dataclass(frozen=True)
class AgentCheck:
    """What the registry knows about an agent. Unknown values are zero."""

    agent_id: int
    principal: str
    """Address of the account that answers for the agent."""
    wallet: str
    """Address that the agent acts with."""
    mandate_hash: bytes
    """Hash of the anchored mandate (32 bytes)."""
    valid_from: datetime
    """Start of that mandate (UTC, inclusive)."""
    valid_until: datetime
    """End of that mandate (UTC, exclusive)."""
    epoch: int
    """The principal's epoch in which it accepted liability; `revoke_all` ends it."""
    status: Status

    @property
    def active(self) -> bool:
        """Whether the agent can act now."""
        return self.status is Status.ACTIVE


class AgentRegistry(Contract):
    """The registry of agents."""

    abi_name = "AgentRegistry"

    def check_agent(self, agent_id: int) -> AgentCheck:
        """Returns all that a counterparty needs to know about an agent, in one call."""
        return check_of(self.read("checkAgent", agent_id))

    def check_wallet(self, wallet: str) -> AgentCheck:
        """Returns the same as `check_agent` for the agent that acts with this wallet."""
        return check_of(self.read("checkWallet", to_address(wallet)))

    def require_active(self, agent_id: int) -> AgentCheck:
        """Returns the same as `check_agent`. Raises `AgentNotActive` if the agent can't act now."""
        return check_of(self.read("requireActive", agent_id))

    def register(self, signer: Signer, agent_uri: str = "", metadata: dict[str, bytes] | None = None) -> int:
        """Registers an agent that the signer owns, with the signer as its unproven wallet (ERC-8004). Returns its id."""
        receipt = self.send(signer, "register(string,(string,bytes)[])", agent_uri, list((metadata or {}).items()))
        return int(receipt.event("Registered").arguments["agentId"])

    def accept_liability(self, signer: Signer, agent_id: int, statement_hash: bytes) -> Receipt:
        """Makes the signer, who must own the agent, its principal. `statement_hash` has 32 bytes."""
        return self.send(signer, "acceptLiability", agent_id, to_bytes32(statement_hash, "statement_hash"))

    def accept_liability_signed(
        self, signer: Signer, agent_id: int, statement_hash: bytes, epoch: int, deadline: int, signature: bytes
    ) -> Receipt:
        """Makes the owner of the agent its principal by its signature of `acceptance_typed_data`.

        `deadline` is in unix seconds, inclusive. `signer` only pays the gas.
        """
        statement = to_bytes32(statement_hash, "statement_hash")
        return self.send(signer, "acceptLiabilitySigned", agent_id, statement, epoch, deadline, low_s(signature))

    def anchor_mandate(
        self,
        signer: Signer,
        agent_id: int,
        mandate: Mandate,
        principal_signature: bytes = b"",
        agent_signature: bytes = b"",
    ) -> Receipt:
        """Stores the hash and validity of a mandate for `check_agent`.

        The principal and the agent key must have signed the mandate; the one that sends the transaction needs no
        signature.
        """
        return self.send(
            signer, "anchorMandate", agent_id, mandate.head(), low_s(principal_signature), low_s(agent_signature)
        )

    def round_of(self, agent_id: int) -> int:
        """Returns the round that the next mandate of an agent must name, if its wallet is a bare key.

        A contract wallet counts its rounds itself: `AgentWallet.round`.
        """
        return int(self.read("roundOf", agent_id))

    def set_agent_wallet(
        self, signer: Signer, agent_id: int, wallet: str, deadline: int, wallet_signature: bytes
    ) -> Receipt:
        """Links the agent to a wallet that has signed `wallet_set_typed_data`. `deadline` is in unix seconds, inclusive."""
        return self.send(signer, "setAgentWallet", agent_id, to_address(wallet), deadline, low_s(wallet_signature))

    def unset_agent_wallet(self, signer: Signer, agent_id: int) -> Receipt:
        """Unlinks the agent's wallet, which revokes it permanently."""
        return self.send(signer, "unsetAgentWallet", agent_id)

    def transfer(self, signer: Signer, to: str, agent_id: int) -> Receipt:
        """Transfers the agent's ERC-721 token. This ends liability, wallet link and mandate."""
        return self.send(signer, "transferFrom", require_signer(signer).address, to_address(to), agent_id)

    def owner_of(self, agent_id: int) -> str:
        """Returns the owner of the agent's ERC-721 token. Raises `ERC721NonexistentToken` if there is no such agent."""
        return str(self.read("ownerOf", agent_id))

    def principal_of(self, agent_id: int) -> str:
        """Returns the account that answers for the agent, or the zero address if there is none."""
        return str(self.read("principalOf", agent_id))

    def wallet_set_typed_data(self, agent_id: int, wallet: str, owner: str, deadline: int) -> dict[str, Any]:
        """Returns the EIP-712 typed data that a wallet signs to be linked (ERC-8004)."""
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
        """Returns the EIP-712 typed data that a principal signs to accept liability for an agent yet to be created."""
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
        """Returns the EIP-712 typed data that a principal signs to accept liability for an agent that it owns."""
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
        return typed_data(REGISTRY_DOMAIN, self.node.chain_id(), self.address, types, primary, message)


def check_of(answer: Any) -> AgentCheck:
    """Returns the struct `AgentCheck` of a contract's answer."""
    agent_id, principal, wallet, mandate_hash, valid_from, valid_until, epoch, status = answer
    return AgentCheck(
        agent_id,
        principal,
        wallet,
        mandate_hash,
        from_timestamp(valid_from),
        from_timestamp(valid_until),
        epoch,
        Status(status),
    )
