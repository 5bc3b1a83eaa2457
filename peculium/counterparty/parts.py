"""What a check finds: where and when it looked, who answers, and which credentials there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peculium.credentials import Credential, CredentialStatus
from peculium.plain import as_plain


@dataclass(frozen=True)
class Block:
    """The block whose state a check describes."""

    chain_id: int
    number: int
    hash: str
    """0x hex."""
    time: datetime
    """UTC."""


@dataclass(frozen=True)
class Liability:
    """A principal's acceptance of liability for an agent."""

    principal: str
    """Address of the account that answers."""
    statement_hash: bytes
    """keccak256 of the statement that it accepted (32 bytes). Ask it for the text."""
    epoch: int
    """The principal's epoch in which it accepted; `revoke_all` ends it."""
    block: int
    transaction: str
    """Hash of the transaction that recorded it (0x hex)."""


@dataclass(frozen=True)
class HeldCredential:
    """A credential of the agent or its principal that was asked for, and its status."""

    credential: Credential
    credential_id: bytes
    """32 bytes."""
    status: CredentialStatus
    schema: str
    """The schema as it was asked for: its name, or its hash (0x hex)."""
    signature: bytes = b""
    """The issuer's signature, if the subject presented the credential."""

    @property
    def live(self) -> bool:
        """Whether it is valid."""
        return self.status is CredentialStatus.VALID

    def as_dict(self) -> dict[str, Any]:
        """Returns it JSON-ready."""
        return {
            **as_plain(self.credential),
            "id": as_plain(self.credential_id),
            "schema_name": self.schema,
            "status": as_plain(self.status),
        }
