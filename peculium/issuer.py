"""The issuer: its account and its chain, bound once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from web3 import Web3

from peculium.agent import account_of
from peculium.contract import Receipt, Signer
from peculium.credentials import (
    Credential,
    CredentialStatus,
    Data,
    SignedCredential,
    data_hash_of,
    to_schema,
)
from peculium.errors import InvalidInput
from peculium.network import Network
from peculium.suite import Suite
from peculium.units import to_address


@dataclass(frozen=True)
class IssuedCredential:
    """A credential that the registry has."""

    signed: SignedCredential
    """The credential, with the issuer's signature."""
    receipt: Receipt

    @property
    def credential_id(self) -> bytes:
        """The credential's id (32 bytes)."""
        return self.signed.credential_id

    def as_dict(self) -> dict[str, Any]:
        """Returns it JSON-ready."""
        return {"id": "0x" + self.credential_id.hex(), "transaction": self.receipt.transaction, **self.signed.as_dict()}


class Issuer:
    """Attests facts of agents and principals, and revokes what it has attested."""

    def __init__(self, account: Signer | str, network: Network | Suite | Web3 | str) -> None:
        """`account` is an account, or a private key (0x hex). `network` is the URL of a node, or a connection."""
        self.network = Network.of(network)
        self.account: Signer = account_of(account)  # type: ignore[assignment]

    @property
    def address(self) -> str:
        """The address that others name as an issuer that they trust."""
        return str(self.account.address)

    def sign(
        self,
        subject: str,
        schema: str | bytes,
        data: Data = None,
        *,
        valid_from: datetime | int,
        valid_until: datetime | int,
        nonce: int | None = None,
    ) -> SignedCredential:
        """Returns a signed credential for its subject to present. Sends nothing.

        `subject` is an agent's wallet or a principal, `schema` the name of a schema or its hash. Of `data` only the hash is
        signed. `nonce` is by default the one after that of the credential that the registry has, which this one replaces there.
        """
        registry, hash_ = self.network.suite.credentials, to_schema(schema)
        if nonce is None:
            last, _, _ = registry.read("credentialOf", to_address(subject), hash_, self.address)
            nonce = int(last[-1]) + 1
        credential = Credential(self.address, subject, hash_, data_hash_of(data), valid_from, valid_until, nonce)
        name = schema if isinstance(schema, str) and not schema.startswith("0x") else ""
        signature = registry.sign(self.account, credential)
        return SignedCredential(
            credential, signature, self.network.node.chain_id(), registry.address, schema_name=name, data=data
        )

    def issue(
        self,
        subject: str,
        schema: str | bytes,
        data: Data = None,
        *,
        valid_from: datetime | int,
        valid_until: datetime | int,
    ) -> IssuedCredential:
        """Stores a credential in the registry, so that others find it. It replaces the one before of this subject and schema.

        Arguments are those of `sign`. Its transaction has the signature as well, so that others can prove it without the chain.
        """
        signed = self.sign(subject, schema, data, valid_from=valid_from, valid_until=valid_until)
        receipt = self.network.suite.credentials.issue(self.account, signed.credential, signed.signature)
        return IssuedCredential(signed, receipt)

    def revoke(self, credential: SignedCredential | IssuedCredential | bytes) -> Receipt:
        """Revokes a credential permanently, also one that was only signed. `bytes` are its id.

        Raises `InvalidInput` for a credential of another issuer: its revocation would have no effect.
        """
        if isinstance(credential, bytes):
            return self.network.suite.credentials.revoke(self.account, credential)
        signed = credential.signed if isinstance(credential, IssuedCredential) else credential
        if signed.credential.issuer != self.address:
            raise InvalidInput(
                f"{signed.credential.issuer} issued the credential, not {self.address}. Only it can revoke it."
            )
        return self.network.suite.credentials.revoke(self.account, signed.credential_id)

    def status(self, signed: SignedCredential) -> CredentialStatus:
        """Returns the status of a credential now, as the registry has it."""
        return self.network.suite.credentials.verify(signed.credential, signed.signature)

    def __repr__(self) -> str:
        return f"Issuer({self.address})"
