"""Credentials: signed statements of third parties about an agent or its principal.

A schema is the kind of a statement. By convention its name is a URI under the control of whoever defined it, with a version at
the end, such as "https://schemas.example/audit/1", where a description of the data can be found. The chain knows the schema by
the hash of that name (`schema_of`), and the data by their hash (`data_hash_of`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.exceptions import BadSignature
from eth_utils import ValidationError, keccak

from peculium.checks import checked_fields
from peculium.contract import Contract, Receipt, Sender, Signer
from peculium.deployments import suite_addresses
from peculium.errors import InvalidInput, quote
from peculium.keys import sign_with
from peculium.mandate import digest_of, typed_data
from peculium.signatures import low_s
from peculium.units import to_address, to_bytes32, to_timestamp, to_uint

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


@checked_fields
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


Data = Mapping[str, Any] | str | bytes | None
"""The data of a credential: a JSON object, a text, bytes, or None if the schema says it all."""


def schema_of(name: str) -> bytes:
    """Returns the identifier of a schema (32 bytes): keccak256 of its name or URI."""
    return keccak(text=name)


def to_schema(schema: str | bytes) -> bytes:
    """Returns the identifier of a schema (32 bytes), given by its name, or as 32 bytes or 64 hex digits after 0x.

    Raises `InvalidInput` for anything else.
    """
    if isinstance(schema, str) and not schema.startswith("0x"):
        if not schema.strip():
            raise InvalidInput("The schema's name is empty. Pass its name, such as https://schemas.example/audit/1.")
        return schema_of(schema)
    return to_bytes32(schema, "schema")


def data_hash_of(data: Data) -> bytes:
    """Returns the hash of a credential's data (32 bytes): keccak256 of the bytes, of the text in UTF-8, or of the JSON object
    with sorted keys, without white space, in UTF-8; zero for None.

    Raises `InvalidInput` for an object that isn't JSON, or has a `float`, which programs print in different ways.
    """
    if data is None:
        return bytes(32)
    if isinstance(data, bytes):
        return keccak(data)
    return keccak(text=data if isinstance(data, str) else _canonical(data))


def _canonical(data: Any) -> str:
    try:
        if _has_float(data):
            raise InvalidInput(
                "The data of the credential have a float. Pass numbers as int or text, so that all agree on the hash."
            )
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise InvalidInput("The data of the credential are nested too deeply. Pass flatter data.") from None
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"The data of the credential aren't JSON: {error}. Pass text, numbers, lists and objects."
        ) from None


def _has_float(data: Any) -> bool:
    if isinstance(data, Mapping):
        return any(_has_float(each) for each in data.values())
    return isinstance(data, float) or (isinstance(data, list | tuple) and any(_has_float(each) for each in data))


@dataclass(frozen=True)
class SignedCredential:
    """A credential with its issuer's signature, which its subject presents. The chain needn't know it."""

    credential: Credential
    signature: bytes
    """The issuer's signature (EIP-712)."""
    chain_id: int
    """Chain of the registry in which it can be revoked."""
    registry: str
    """Address of that registry."""
    schema_name: str = ""
    """Name of the schema, if it isn't only known by its hash."""
    data: Data = None
    """The data, if they are handed on with the credential."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "registry", to_address(self.registry))
        to_uint(self.chain_id, 256, "The chain id")
        if self.schema_name and schema_of(self.schema_name) != self.credential.schema:
            raise InvalidInput(
                f"The credential isn't of the schema {quote(self.schema_name)}. Ask its issuer which it is of."
            )
        if self.data is not None and data_hash_of(self.data) != self.credential.data_hash:
            raise InvalidInput("The data aren't those that the credential is about. Ask for the right data.")

    def typed_data(self) -> dict[str, Any]:
        """Returns the EIP-712 typed data that the issuer has signed."""
        message = self.credential.message()
        return typed_data(CREDENTIAL_DOMAIN, self.chain_id, self.registry, CREDENTIAL_TYPES, "Credential", message)

    @property
    def credential_id(self) -> bytes:
        """The credential's id (32 bytes)."""
        return digest_of(self.typed_data())

    def as_dict(self) -> dict[str, Any]:
        """Returns it JSON-ready, for the subject to present; `from_dict` reads it."""
        message = {name: _hex(value) for name, value in self.credential.message().items()}
        data = _hex(self.data) if isinstance(self.data, bytes) else self.data
        return {
            "credential": message,
            "signature": _hex(self.signature),
            "chain_id": self.chain_id,
            "registry": self.registry,
            "schema_name": self.schema_name,
            "data": dict(data) if isinstance(data, Mapping) else data,
            "data_in_hex": isinstance(self.data, bytes),
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> SignedCredential:
        """Returns what `as_dict` has written. Raises `InvalidInput` for anything else."""
        try:
            fields, data = value["credential"], value.get("data")
            schema, data_hash = (to_bytes32(fields[name], name) for name in ("schema", "dataHash"))
            start, end, nonce = (fields[name] for name in ("validFrom", "validUntil", "nonce"))
            credential = Credential(fields["issuer"], fields["subject"], schema, data_hash, start, end, nonce)
            raw = bytes.fromhex(str(data)[2:]) if value.get("data_in_hex") else data
            signature = bytes.fromhex(value["signature"][2:])
            return cls(credential, signature, value["chain_id"], value["registry"], value.get("schema_name", ""), raw)
        except KeyError as error:
            raise InvalidInput(
                f"This isn't a signed credential: it lacks {error}. Pass what SignedCredential.as_dict wrote."
            ) from None
        except InvalidInput as error:
            raise InvalidInput(
                f"This isn't a signed credential. {error} Pass what SignedCredential.as_dict wrote."
            ) from None
        except (TypeError, AttributeError, ValueError):
            raise InvalidInput(
                "This isn't a signed credential: a field has another type than as_dict gives it. Pass what "
                "SignedCredential.as_dict wrote, as a dictionary."
            ) from None


def verify(
    signed: SignedCredential, issuers: Sequence[str], at: datetime | int, chain_id: int, registry: str | None = None
) -> CredentialStatus:
    """Returns the status of a signed credential at a time, without the chain. An `int` is unix seconds.

    It is `VALID` only if one of `issuers` has signed it with its key, for the registry on this chain; by default the registry of
    this package. Revocations and contract signatures (ERC-1271) are on the chain only: ask `CredentialRegistry.verify`.
    """
    trusted = {to_address(each) for each in issuers}
    expected = chain_id, to_address(registry or suite_addresses()["CredentialRegistry"])
    if signed.credential.issuer not in trusted or (signed.chain_id, signed.registry) != expected:
        return CredentialStatus.BAD_SIGNATURE
    if signer_of(signed.typed_data(), signed.signature) != signed.credential.issuer:
        return CredentialStatus.BAD_SIGNATURE
    start, end, now = (to_timestamp(each) for each in (signed.credential.valid_from, signed.credential.valid_until, at))
    if start >= end:
        return CredentialStatus.MALFORMED
    if now >= end:
        return CredentialStatus.EXPIRED
    return CredentialStatus.NOT_YET_VALID if now < start else CredentialStatus.VALID


def signer_of(data: dict[str, Any], signature: bytes) -> str | None:
    """Returns the address of the key that has signed EIP-712 typed data; None if the signature is none of a key."""
    try:
        return str(Account.recover_message(encode_typed_data(full_message=data), signature=low_s(signature)))
    except (BadSignature, ValidationError, ValueError, TypeError):
        return None


def _hex(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value


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

    def sign(self, issuer: Sender, credential: Credential) -> bytes:
        """Returns the issuer's signature. Sends nothing: `verify` accepts a credential that was only signed."""
        return sign_with(issuer, self.typed_data(credential))

    def issue(self, signer: Sender, credential: Credential, signature: bytes = b"") -> Receipt:
        """Stores a credential in the registry. Without `signature`, `signer` must be the issuer.

        Raises an `InvalidCredential` error, such as `NonceNotAbove`, if the registry rejects it.
        """
        return self.send(signer, "issue", credential.as_tuple(), low_s(signature))

    def revoke(self, issuer: Sender, credential_id: bytes) -> Receipt:
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
