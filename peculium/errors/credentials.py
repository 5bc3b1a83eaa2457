"""The credential can't be issued or isn't valid."""

from __future__ import annotations

from peculium.errors.contract import InvalidCredential


class ZeroIssuer(InvalidCredential):
    template = "The credential's issuer is the zero address. Name the issuer."


class ZeroSubject(InvalidCredential):
    template = "The credential's subject is the zero address. Name the subject."


class ZeroSchema(InvalidCredential):
    template = "The credential's schema is zero. Compute it with schema_of."


class InvertedValidity(InvalidCredential):
    template = (
        "The credential would begin at {valid_from:time} and end at {valid_until:time}. It must end after it begins."
    )


class CredentialExpired(InvalidCredential):
    template = "The credential ended at {valid_until:time} (now: {timestamp:time}). Issue a new one."


class BadIssuerSignature(InvalidCredential):
    template = "{issuer} didn't sign this credential or revocation (digest {digest})."


class CredentialIsRevoked(InvalidCredential):
    template = "{issuer} revoked the credential {credential_id} permanently. Issue a new one with a higher nonce."


class NonceNotAbove(InvalidCredential):
    template = "The credential's nonce is {nonce}; it must be above {last_nonce}, that of the one it replaces."


class CredentialNotValid(InvalidCredential):
    template = "The status of the credential {credential_id} is {status}, not valid."


class NoLiveCredential(InvalidCredential):
    template = "No trusted issuer has issued a valid credential of schema {schema} to {subject}."
