"""`peculium credential`: signed statements of third parties about agents and principals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command, group_of
from peculium.cli.exits import Exit
from peculium.cli.files import read_json, read_text
from peculium.cli.folders import write_private
from peculium.cli.stops import seen, sent
from peculium.cli.values import moment
from peculium.errors import InvalidInput, quote

if TYPE_CHECKING:
    from peculium.credentials import Credential, CredentialStatus, Data, SignedCredential
    from peculium.issuer import Issuer

credential = group_of("credential", "Issue, revoke, list and verify statements about agents.")


@command("issue", group=credential, sends=True)
@click.argument("subject")
@click.argument("schema")
@click.option(
    "--until", required=True, metavar="TIME", help='End: a day, a time in UTC, or a length such as "90 days".'
)
@click.option("--from", "start", metavar="TIME", help="Start. Default: the time of the latest block.")
@click.option("--data", "data_file", metavar="FILE", help="JSON or text that it attests; only its hash is signed.")
@click.option(
    "--file", type=click.Path(path_type=Path), help="Keep the signed credential, with its data, for the subject."
)
@click.option("--sign-only", is_flag=True, help="Send nothing: the subject presents the file.")
def issue_credential(
    caller: Caller,
    subject: str,
    schema: str,
    until: str,
    start: str | None,
    data_file: str | None,
    file: Path | None,
    sign_only: bool,
) -> Answer:
    """Attest something about an agent's wallet or a principal.

    SCHEMA is the name of the kind of statement, such as https://schemas.example/audit/1.
    """
    if sign_only and file is None:
        raise InvalidInput("A credential that is only signed has to be kept. Pass --file FILE.")
    issuer, address = _issuer(caller), caller.address(subject)
    now = caller.network.node.timestamp()
    begins, ends = moment(start, now) if start else now, moment(until, now)
    data = _data(data_file) if data_file else None
    what = f"{caller.name_of(issuer.address)} attests {quote(schema)} of {caller.name_of(address)}, until {until}."
    caller.confirm(
        f"{what} {'It is only signed.' if sign_only else 'It replaces the one before of this schema in the registry.'}"
    )
    if sign_only:
        signed = issuer.sign(address, schema, data, valid_from=begins, valid_until=ends)
        _keep(file, signed)
        result = {"id": _hex(signed.credential_id), "transaction": None, **signed.as_dict()}
        return Answer(result, [f"Signed: {_hex(signed.credential_id)}, in {file}."], f"give {file} to the subject")
    with caller.sending("Waiting for the block") as timer:
        issued = issuer.issue(address, schema, data, valid_from=begins, valid_until=ends)
        status = issuer.status(issued.signed)
        seconds = timer.seconds()
    _keep(file, issued.signed)
    result = {**issued.as_dict(), "status": status, **sent(issued.receipt, seconds)}
    text = f"Issued: {_hex(issued.credential_id)}, {_words(status)}. {seen(issued.receipt, seconds)}"
    return Answer(result, [text], f"peculium credential list {subject}")


@command("revoke", group=credential, sends=True)
@click.argument("source", metavar="FILE|ID")
def revoke_credential(caller: Caller, source: str) -> Answer:
    """Revoke a credential of yours permanently, also one that was only signed."""
    from peculium.units import to_bytes32

    issuer = _issuer(caller)
    signed = None if source.startswith("0x") else _signed(source)
    id_ = to_bytes32(source, "The id") if signed is None else signed.credential_id
    caller.confirm(f"This revokes the credential {_hex(id_)} of {caller.name_of(issuer.address)} permanently.")
    with caller.sending("Waiting for the block") as timer:
        receipt = issuer.revoke(id_ if signed is None else signed)
        revoked = caller.network.suite.credentials.read("isRevoked", issuer.address, id_)
        seconds = timer.seconds()
    result = {"id": _hex(id_), "revoked": revoked, **sent(receipt, seconds)}
    return Answer(result, [f"{'Revoked' if revoked else 'Not revoked yet'}. {seen(receipt, seconds)}"])


@command("list", group=credential)
@click.argument("subject")
@click.option("--issuer", metavar="ADDRESS", help="Only those of this issuer.")
def list_credentials(caller: Caller, subject: str, issuer: str | None) -> Answer:
    """List the credentials of a subject that the registry has, and whether they are valid now."""
    from peculium.counterparty.held import held_credentials

    address = caller.address(subject)
    by = caller.address(issuer) if issuer else None
    found = held_credentials(caller.network.suite.credentials, address, by)
    if not found:
        return Answer([], [f"The registry has no credential of {caller.name_of(address)}."])
    table = Table("status", "issuer", "schema", "until (UTC)", "id")
    for each in found:
        stated = each.credential
        until = f"{_time(stated):%Y-%m-%d %H:%M}"
        table.add_row(
            _words(each.status),
            caller.name_of(stated.issuer),
            _hex(stated.schema)[:12] + "…",
            until,
            _hex(each.credential_id)[:12] + "…",
        )
    return Answer(
        found,
        [table],
        "whether an issuer deserves trust isn't on the chain: ask for those that you know, with --issuer",
    )


@command("verify", group=credential)
@click.argument("file")
@click.option(
    "--issuer", "issuers", multiple=True, metavar="ADDRESS", help="An issuer that you trust. Repeat it for more."
)
def verify_credential(caller: Caller, file: str, issuers: tuple[str, ...]) -> Answer:
    """Verify a signed credential that somebody presents: valid, revoked, expired or forged. - reads standard input."""
    from peculium.credentials import CredentialStatus

    if not issuers:
        raise InvalidInput("Say whose statements you trust: --issuer ADDRESS. Anyone can sign a credential.")
    signed, trusted = _signed(file), [caller.address(each) for each in issuers]
    stated, suite = signed.credential, caller.network.suite
    what = f"The credential {signed.schema_name or _hex(stated.schema)} of {caller.name_of(stated.subject)}"
    # Only what an issuer that is trusted has signed is verified: the code of an issuer that is a contract runs then.
    if stated.issuer not in trusted:
        status, text = None, f"{what} is of {caller.name_of(stated.issuer)}, which isn't an issuer that you trust."
    elif (signed.chain_id, signed.registry) != (caller.network.node.chain_id(), suite.credentials.address):
        status, text = (
            None,
            f"{what} is for the registry {signed.registry} on chain {signed.chain_id}, not for this one.",
        )
    else:
        status = suite.credentials.verify(stated, signed.signature)
        text = f"{what} is {_words(status)}."
    valid = status is CredentialStatus.VALID
    result = {"status": status, "valid": valid, "id": _hex(signed.credential_id), **signed.as_dict()}
    return Answer(result, [text], exit=Exit.OK if valid else Exit.FAILED)


def _issuer(caller: Caller) -> Issuer:
    from peculium.issuer import Issuer

    # An issuer signs with its own key: a credential of a Safe needs another way.
    if caller.safe or caller.profile.safe:
        raise InvalidInput("Credentials are signed by a key here. Use the command with a profile without a Safe.")
    return Issuer(caller.signer, caller.network)


def _data(file: str) -> Data:
    text = read_text(file)
    try:
        content = json.loads(text)
    except ValueError:
        return text
    return content if isinstance(content, dict) else text


def _signed(file: str) -> SignedCredential:
    from peculium.credentials import SignedCredential

    return SignedCredential.from_dict(read_json(file))


def _keep(file: Path | None, signed: SignedCredential) -> None:
    if file is not None:
        write_private(file, json.dumps(signed.as_dict(), indent=2) + "\n")


def _time(stated: Credential) -> Any:
    from peculium.units import from_timestamp, to_timestamp

    return from_timestamp(to_timestamp(stated.valid_until))


def _words(status: CredentialStatus) -> str:
    return status.name.lower().replace("_", " ")


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
