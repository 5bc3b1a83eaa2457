"""Credentials: what third parties attest of an agent or of its principal."""

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
from peculium.units import to_address, to_bytes32, to_timestamp

CREDENTIAL_DOMAIN = ("Peculium CredentialRegistry", "1")
_TYPE = {
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


class CredentialStatus(IntEnum):
    """What a credential is worth now, from least to most."""

    UNKNOWN = 0
    MALFORMED = 1
    BAD_SIGNATURE = 2
    REVOKED = 3
    SUPERSEDED = 4
    EXPIRED = 5
    NOT_YET_VALID = 6
    VALID = 7


@dataclass(frozen=True)
class Credential:
    """An issuer's statement about a subject. `nonce` is above zero, and above that of the one it replaces."""

    issuer: str
    subject: str
    schema: bytes
    data_hash: bytes
    valid_from: datetime | int
    """When it begins (inclusive)."""
    valid_until: datetime | int
    """When it ends (exclusive)."""
    nonce: int = 1

    def __post_init__(self) -> None:
        for name in ("issuer", "subject"):
            object.__setattr__(self, name, to_address(getattr(self, name)))
        for name in ("schema", "data_hash"):
            object.__setattr__(self, name, to_bytes32(getattr(self, name), name))
        if self.nonce < 1:
            raise InvalidInput(f"A credential's nonce is 1 or more, not {self.nonce}.")

    def message(self) -> dict[str, Any]:
        """The credential as EIP-712 message, in the order of the Solidity struct."""
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
        """The credential as argument of a contract call."""
        return tuple(self.message().values())


def schema_of(name: str) -> bytes:
    """The identifier of a schema by its name or URI: keccak256 of the text."""
    return keccak(text=name)


class CredentialRegistry(Contract):
    """The registry of credentials."""

    abi_name = "CredentialRegistry"

    def typed_data(self, credential: Credential) -> dict[str, Any]:
        """What the issuer signs."""
        return typed_data(
            CREDENTIAL_DOMAIN, self.web3.eth.chain_id, self.address, _TYPE, "Credential", credential.message()
        )

    def credential_id(self, credential: Credential) -> bytes:
        """The credential's id, computed here: its EIP-712 digest."""
        return digest_of(self.typed_data(credential))

    def sign(self, issuer: Signer, credential: Credential) -> bytes:
        """The issuer's signature. Nothing is sent: a signed credential is verifiable as it is."""
        signable = encode_typed_data(full_message=self.typed_data(credential))
        return bytes(issuer.sign_message(signable).signature)

    def issue(self, signer: Signer, credential: Credential, signature: bytes = b"") -> Receipt:
        """Puts a credential on the chain; without a signature `signer` has to be the issuer."""
        return self.send(signer, "issue", credential.as_tuple(), signature)

    def revoke(self, issuer: Signer, credential_id: bytes) -> Receipt:
        """Revokes a credential for ever, also before it is issued."""
        return self.send(issuer, "revoke", to_bytes32(credential_id, "credential_id"))

    def revocation_typed_data(self, issuer: str, credential_id: bytes) -> dict[str, Any]:
        """What the issuer signs so that anyone can submit a revocation."""
        types = {
            "CredentialRevocation": [
                {"name": "issuer", "type": "address"},
                {"name": "credentialId", "type": "bytes32"},
            ]
        }
        message = {"issuer": to_address(issuer), "credentialId": to_bytes32(credential_id, "credential_id")}
        return typed_data(
            CREDENTIAL_DOMAIN, self.web3.eth.chain_id, self.address, types, "CredentialRevocation", message
        )

    def revoke_by_signature(self, signer: Signer, issuer: str, credential_id: bytes, signature: bytes) -> Receipt:
        """Carries out a revocation that the issuer has signed; `signer` only pays the gas."""
        return self.send(signer, "revokeBySignature", to_address(issuer), credential_id, signature)

    def verify(self, credential: Credential, signature: bytes) -> CredentialStatus:
        """What a credential is worth now, whether it was issued on the chain or only signed."""
        return CredentialStatus(self.read("verify", credential.as_tuple(), signature))

    def has_live(self, subject: str, schema: bytes, trusted_issuers: Sequence[str]) -> bool:
        """Whether the subject holds a live credential of the schema from any of these issuers."""
        issuers = [to_address(issuer) for issuer in trusted_issuers]
        live, _ = self.read("hasLive", to_address(subject), to_bytes32(schema, "schema"), issuers)
        return bool(live)
