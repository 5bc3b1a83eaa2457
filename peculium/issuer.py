"""The issuer: its account and its chain, bound once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from web3 import Web3

from peculium.accounts import ExternalSigner, PrincipalAccount, Safe, account_of, payer_of
from peculium.argument_order import require_order
from peculium.contract import Receipt
from peculium.credentials import (
    Credential,
    CredentialStatus,
    Data,
    SignedCredential,
    data_hash_of,
    to_schema,
)
from peculium.errors import InvalidInput
from peculium.errors.redaction import KEY, NODE, shown
from peculium.keys import sign_with
from peculium.network import Network
from peculium.suite import Suite
from peculium.units import to_address, to_bytes32


@dataclass(frozen=True)
class IssuedCredential:
    """A credential that the registry has."""

    signed: SignedCredential
    """The credential, with the issuer's signature unless a Safe has sent it."""
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

    def __init__(self, account: PrincipalAccount | str, network: Network | Suite | Web3 | str) -> None:
        """`account` is a key (`eth_account`, or 0x hex), an `ExternalSigner` or a `Safe`. `network` is what `Network.of` takes."""
        require_order("Issuer(account, network)", account=(account, KEY), network=(network, NODE))
        self.network = Network.of(network)
        self.account = account_of(account)

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
        unsigned = self._unsigned(subject, schema, data, valid_from, valid_until, nonce)
        return replace(unsigned, signature=self.network.suite.credentials.sign(self.account, unsigned.credential))

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

        Arguments are those of `sign`. Its transaction has the signature as well, so that others can prove it without the chain;
        that of a Safe has none, because the Safe itself is the sender.
        """
        registry = self.network.suite.credentials
        if isinstance(self.account, Safe):
            unsigned = self._unsigned(subject, schema, data, valid_from, valid_until, None)
            return IssuedCredential(unsigned, registry.issue(self.account, unsigned.credential))
        signed = self.sign(subject, schema, data, valid_from=valid_from, valid_until=valid_until)
        return IssuedCredential(signed, registry.issue(payer_of(self.account), signed.credential, signed.signature))

    def revoke(self, credential: SignedCredential | IssuedCredential | bytes) -> Receipt:
        """Revokes a credential permanently, also one that was only signed. `bytes` are its id.

        Raises `InvalidInput` for a credential of another issuer: its revocation would have no effect.
        """
        registry, id_ = self.network.suite.credentials, self._id_of(credential)
        if isinstance(self.account, ExternalSigner):
            signature = sign_with(self.account, registry.revocation_typed_data(self.address, id_))
            return registry.revoke_by_signature(payer_of(self.account), self.address, id_, signature)
        return registry.revoke(self.account, id_)

    def _id_of(self, credential: SignedCredential | IssuedCredential | bytes) -> bytes:
        if isinstance(credential, bytes):
            return to_bytes32(credential, "The credential's id")
        signed = credential.signed if isinstance(credential, IssuedCredential) else credential
        if not isinstance(signed, SignedCredential):
            raise InvalidInput(
                f"The credential is {shown(signed)}. Pass what sign or issue has returned, or its id (32 bytes)."
            )
        if signed.credential.issuer != self.address:
            raise InvalidInput(
                f"{signed.credential.issuer} issued the credential, not {self.address}. Only it can revoke it."
            )
        return signed.credential_id

    def _unsigned(
        self,
        subject: str,
        schema: str | bytes,
        data: Data,
        valid_from: datetime | int,
        valid_until: datetime | int,
        nonce: int | None,
    ) -> SignedCredential:
        registry, hash_ = self.network.suite.credentials, to_schema(schema)
        if nonce is None:
            last, _, _ = registry.read("credentialOf", to_address(subject), hash_, self.address)
            nonce = int(last[-1]) + 1
        credential = Credential(self.address, subject, hash_, data_hash_of(data), valid_from, valid_until, nonce)
        name = schema if isinstance(schema, str) and not schema.startswith("0x") else ""
        chain_id = self.network.node.chain_id()
        return SignedCredential(credential, b"", chain_id, registry.address, schema_name=name, data=data)

    def status(self, signed: SignedCredential) -> CredentialStatus:
        """Returns the status of a credential now, as the registry has it."""
        return self.network.suite.credentials.verify(signed.credential, signed.signature)

    def __repr__(self) -> str:
        return f"Issuer({self.address})"
