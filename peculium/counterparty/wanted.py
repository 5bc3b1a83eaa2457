"""Which credentials a check asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from peculium.contract import Read
from peculium.counterparty.parts import HeldCredential
from peculium.credentials import Credential, CredentialRegistry, CredentialStatus, SignedCredential, to_schema
from peculium.errors import InvalidInput, redaction
from peculium.units import to_address


@dataclass(frozen=True)
class Wanted:
    """Schemas and the issuers that are trusted for them, and credentials that the subject presents."""

    schemas: tuple[str | bytes, ...] = ()
    presented: tuple[SignedCredential, ...] = ()
    issuers: tuple[str, ...] = ()

    @classmethod
    def of(cls, credentials: Sequence[str | bytes | SignedCredential], issuers: Sequence[str]) -> Wanted:
        """Raises `InvalidInput` for credentials without issuers, issuers without credentials, and texts in place of lists."""
        for name, value in (("credentials", credentials), ("issuers", issuers)):
            if isinstance(value, str | bytes):
                raise InvalidInput(f"{name} is {redaction.shown(value)}. Pass a list: {name}=[…].")
        if credentials and not issuers:
            raise InvalidInput(
                "No issuer is named, and anybody can attest anything about anybody. Pass issuers=[…] with those that you trust."
            )
        if issuers and not credentials:
            raise InvalidInput(
                "Issuers are named, but no credential. Pass credentials=[…] with the schemas that you need."
            )
        presented = tuple(each for each in credentials if isinstance(each, SignedCredential))
        schemas = tuple(each for each in credentials if not isinstance(each, SignedCredential))
        for each in schemas:
            to_schema(each)
        return cls(schemas, presented, tuple(dict.fromkeys(to_address(each) for each in issuers)))

    def reads(self, registry: CredentialRegistry, subjects: Sequence[str]) -> list[Read]:
        """Returns the calls that find them: those of issued credentials first, then those of presented ones."""
        issued = [
            Read(registry, "credentialOf", (subject, hash_, issuer))
            for _, subject, hash_, issuer in self._all(subjects)
        ]
        presented = [Read(registry, "verify", (each.credential.as_tuple(), each.signature)) for each in self._trusted]
        return issued + presented

    def held(
        self, registry: CredentialRegistry, subjects: Sequence[str], answers: Sequence[Any]
    ) -> list[HeldCredential]:
        """Returns what the calls of `reads` found, without what was never issued and what is about somebody else."""
        found = []
        for (schema, *_), answer in zip(self._all(subjects), answers, strict=False):
            values, id_, status = answer
            if CredentialStatus(status) is not CredentialStatus.UNKNOWN:
                credential = Credential(*values)
                found.append(HeldCredential(credential, bytes(id_), CredentialStatus(status), shown(schema)))
        for each, status in zip(self._trusted, answers[len(answers) - len(self._trusted) :], strict=True):
            # What somebody presents can be about somebody else.
            if each.credential.subject in subjects:
                found.append(self._presented(registry, each, CredentialStatus(status)))
        return found

    def _presented(
        self, registry: CredentialRegistry, signed: SignedCredential, status: CredentialStatus
    ) -> HeldCredential:
        credential = signed.credential
        schema = signed.schema_name or shown(credential.schema)
        return HeldCredential(credential, registry.credential_id(credential), status, schema, signed.signature)

    @property
    def _trusted(self) -> list[SignedCredential]:
        # The code of an issuer that is a contract runs when the registry verifies, so only those that are trusted.
        return [each for each in self.presented if each.credential.issuer in self.issuers]

    def missing(self, held: Sequence[HeldCredential]) -> tuple[str, ...]:
        """Returns the schemas for which no live credential was found."""
        live = {each.credential.schema for each in held if each.live}
        asked = {to_schema(each): shown(each) for each in self.schemas}
        asked |= {each.credential.schema: each.schema_name or shown(each.credential.schema) for each in self.presented}
        return tuple(name for hash_, name in asked.items() if hash_ not in live)

    def _all(self, subjects: Sequence[str]) -> Iterator[tuple[str | bytes, str, bytes, str]]:
        for schema in self.schemas:
            for subject in subjects:
                for issuer in self.issuers:
                    yield schema, subject, to_schema(schema), issuer


def shown(schema: str | bytes) -> str:
    """Returns a schema as text: its name, or its hash (0x hex)."""
    return schema if isinstance(schema, str) else "0x" + schema.hex()
