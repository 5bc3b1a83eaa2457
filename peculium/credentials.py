"""Credentials: signed statements of third parties about an agent or its principal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium.contract import Contract, Receipt, Signer
from peculium.exceptions import InvalidInput
from peculium.mandate import digest_of, typed_data
from peculium.signatures import low_s
from peculium.units import to_address, to_bytes32, to_timestamp

CREDENTIAL_DOMAIN = ("Peculium CredentialRegistry", "1")
"""Name and version in the EIP-712 domain of the registry."""
CREDENTIAL_TYPES = {
    "Credential": [
        {"name": "issuer", "type": "address"},
        {"name": "subject", "type": "address"},
        {"name": "schema", "type": "bytes32"},
        {"name": "dataHash", "type": "bytes32"},
        {"name": "validFrom", "type": "uint48"},
        {"name": "validUntil", "type": "uint48"},
        {"name": "nonce", "type": "uint256"},
    ]
}
"""EIP-712 type of a credential."""


class CredentialStatus(IntEnum):
    """The status of a credential. If several apply, the first in this order."""

    UNKNOWN = 0
    """None was issued."""
    MALFORMED = 1
    """The registry would never issue it: a field is zero, or it ends before it begins."""
    BAD_SIGNATURE = 2
    """The issuer didn't sign it."""
    REVOKED = 3
    """The issuer revoked it permanently."""
    SUPERSEDED = 4
    """The issuer has issued another one with the same nonce or a higher one."""
    EXPIRED = 5
    """It has ended."""
    NOT_YET_VALID = 6
    """It hasn't begun."""
    VALID = 7
    """It is valid."""


@dataclass(frozen=True)
class Credential:
    """A statement of an issuer about a subject."""

    issuer: str
    """Address of the account that makes the statement."""
    subject: str
    """Address that the statement is about: an agent's wallet or a principal."""
    schema: bytes
    """Identifier of the kind of statement (32 bytes); see `schema_of`."""
    data_hash: bytes
    """keccak256 of the statement's data (32 bytes), which stay off the chain; zero if the schema says it all."""
    valid_from: datetime | int
    """Start (inclusive); an `int` is unix seconds."""
    valid_until: datetime | int
    """End (exclusive); an `int` is unix seconds."""
    nonce: int = 1
    """1 or more, and above the nonce of the credential that this one replaces."""

    def __post_init__(self) -> None:
        for name in ("issuer", "subject"):
            object.__setattr__(self, name, to_address(getattr(self, name)))
        for name in ("schema", "data_hash"):
            object.__setattr__(self, name, to_bytes32(getattr(self, name), name))
        if self.nonce < 1:
            raise InvalidInput(f"The credential's nonce is {self.nonce}; it must be 1 or more.")

    def message(self) -> dict[str, Any]:
        """Returns the credential as EIP-712 message, in the order of the Solidity struct."""
        return {
            "issuer": self.issuer,
            "subject": self.subject,
            "schema": self.schema,
            "dataHash": self.data_hash,
            "validFrom": to_timestamp(self.valid_from),
            "validUntil": to_timestamp(self.valid_until),
            "nonce": self.nonce,
        }

    def as_tuple(self) -> tuple[Any, ...]:
        """Returns the credential as argument of a contract call: the struct `Credential`."""
        return tuple(self.message().values())


def schema_of(name: str) -> bytes:
    """Returns the identifier of a schema (32 bytes): keccak256 of its name or URI."""
    return keccak(text=name)


class CredentialRegistry(Contract):
    """The registry of issued credentials and revocations."""

    abi_name = "CredentialRegistry"

    def typed_data(self, credential: Credential) -> dict[str, Any]:
        """Returns the EIP-712 typed data that the issuer signs."""
        chain_id = self.node.chain_id()
        return typed_data(
            CREDENTIAL_DOMAIN, chain_id, self.address, CREDENTIAL_TYPES, "Credential", credential.message()
        )

    def credential_id(self, credential: Credential) -> bytes:
        """Returns the credential's id (32 bytes): its EIP-712 digest."""
        return digest_of(self.typed_data(credential))

    def sign(self, issuer: Signer, credential: Credential) -> bytes:
        """Returns the issuer's signature. Sends nothing: `verify` accepts a credential that was only signed."""
        signable = encode_typed_data(full_message=self.typed_data(credential))
        return bytes(issuer.sign_message(signable).signature)

    def issue(self, signer: Signer, credential: Credential, signature: bytes = b"") -> Receipt:
        """Stores a credential in the registry. Without `signature`, `signer` must be the issuer.

        Raises an `InvalidCredential` error, such as `NonceNotAbove`, if the registry rejects it.
        """
        return self.send(signer, "issue", credential.as_tuple(), low_s(signature))

    def revoke(self, issuer: Signer, credential_id: bytes) -> Receipt:
        """Revokes a credential permanently, even before it is issued."""
        return self.send(issuer, "revoke", to_bytes32(credential_id, "credential_id"))

    def revocation_typed_data(self, issuer: str, credential_id: bytes) -> dict[str, Any]:
        """Returns the EIP-712 typed data of a revocation that anyone can submit; the issuer signs it."""
        types = {
            "CredentialRevocation": [
                {"name": "issuer", "type": "address"},
                {"name": "credentialId", "type": "bytes32"},
            ]
        }
        message = {"issuer": to_address(issuer), "credentialId": to_bytes32(credential_id, "credential_id")}
        return typed_data(CREDENTIAL_DOMAIN, self.node.chain_id(), self.address, types, "CredentialRevocation", message)

    def revoke_by_signature(self, signer: Signer, issuer: str, credential_id: bytes, signature: bytes) -> Receipt:
        """Submits a revocation that the issuer signed. `signer` only pays the gas."""
        return self.send(signer, "revokeBySignature", to_address(issuer), credential_id, low_s(signature))

    def verify(self, credential: Credential, signature: bytes) -> CredentialStatus:
        """Returns the status of a credential now, whether it was issued or only signed."""
        return CredentialStatus(self.read("verify", credential.as_tuple(), low_s(signature)))

    def has_live(self, subject: str, schema: bytes, trusted_issuers: Sequence[str]) -> bool:
        """Whether one of these issuers has issued a credential of this schema to the subject that is valid now."""
        issuers = [to_address(issuer) for issuer in trusted_issuers]
        live, _ = self.read("hasLive", to_address(subject), to_bytes32(schema, "schema"), issuers)
        return bool(live)
