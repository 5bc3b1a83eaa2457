"""All credentials of a subject that the registry has."""

from __future__ import annotations

from peculium.contract import Read, read_all
from peculium.counterparty.parts import HeldCredential
from peculium.credentials import Credential, CredentialRegistry, CredentialStatus
from peculium.units import to_address


def held_credentials(
    registry: CredentialRegistry, subject: str, issuer: str | None = None, first_block: int = 0
) -> list[HeldCredential]:
    """Returns the latest credential of each schema and issuer, by the events since `first_block`, with its status now.

    Anybody can attest anything about anybody: an `issuer` that isn't known says nothing.
    """
    by = {} if issuer is None else {"issuer": to_address(issuer)}
    events = registry.events_with("CredentialIssued", first_block, subject=to_address(subject), **by)
    kinds = list(dict.fromkeys((bytes(each.arguments["schema"]), str(each.arguments["issuer"])) for each in events))
    reads = [Read(registry, "credentialOf", (to_address(subject), schema, issuer)) for schema, issuer in kinds]
    answers, _ = read_all(registry.node, reads) if reads else ([], [])
    return [
        HeldCredential(Credential(*values), bytes(id_), CredentialStatus(status), "0x" + bytes(values[2]).hex())
        for values, id_, status in answers
    ]
