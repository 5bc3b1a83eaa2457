"""`peculium create`: an agent and its wallet, from a mandate's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.exits import Exit
from peculium.cli.files import is_json, parse_json, parse_mandate, read_text
from peculium.cli.folders import write_private
from peculium.cli.keys import read_key_file, unlock
from peculium.cli.profiles import save_profile
from peculium.cli.stops import seen, sent
from peculium.errors import InvalidInput, SignaturesMissing, quote

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from peculium.answering import Draft

STATEMENT = "I answer for what this agent does within its mandate."
AGENT_KEY = (
    click.option("--agent-account", metavar="NAME|FILE", help="The keystore of the agent's key, if it is here."),
    click.option("--agent-key-file", type=click.Path(path_type=Path), help="A file with the agent's private key."),
)


@command(sends=True)
@click.argument("file")
@click.option("--uri", default="", help="URI of the agent's registration file (ERC-8004).")
@click.option("--statement", default=STATEMENT, show_default=True, help="By which you accept liability.")
@click.option("--salt", default=0, help="Tells several wallets of one key apart.")
@AGENT_KEY[0]
@AGENT_KEY[1]
@click.option("--draft", "draft_file", type=click.Path(path_type=Path), help="Where a draft that waits is kept.")
@click.option("--sign-only", is_flag=True, help="Add signatures to the draft, and send nothing.")
@click.option("--name", "as_name", metavar="NAME", help="Name the new wallet in the profile.")
def create(
    caller: Caller,
    file: str,
    uri: str,
    statement: str,
    salt: int,
    agent_account: str | None,
    agent_key_file: Path | None,
    draft_file: Path | None,
    sign_only: bool,
    as_name: str | None,
) -> Answer:
    """Create an agent and its wallet from a mandate's file.

    You and the agent's key both sign. If its key is on another machine, or a Safe is the principal, a draft waits in a file:
    create that file with the other key, or again when the owners have signed. - reads standard input.
    """
    if as_name is not None:
        # Before anything is sent: whether there is a profile, and this is a name.
        caller.profile.with_name(as_name, None)
        if not caller.profile.name:
            raise InvalidInput("There is no profile to keep the name in. Make one: peculium use NETWORK")
    key, text = agent_key(agent_account, agent_key_file), read_text(file)
    if is_json(text):
        from peculium.answering import Draft

        draft, kept = Draft.of(parse_json(text, file)), draft_file or Path(file)
    else:
        mandate = parse_mandate(caller, text).mandate
        draft = caller.principal.draft(mandate, uri=uri, statement=statement, salt=salt)
        kept = draft_file or Path(f"agent-{draft.creation.wallet[:10].lower()}.json")
    draft, missing = _signed(caller, draft, key, sign_only)
    if missing or draft.to_sign() or sign_only:
        return _waiting(draft, kept, missing)
    return _submit(caller, draft, as_name)


def _submit(caller: Caller, draft: Draft, as_name: str | None) -> Answer:
    with caller.sending("Waiting for the block") as timer:
        made = caller.principal.submit(draft)
        seconds = timer.seconds()
    if as_name is not None:
        save_profile(caller.profile.with_name(as_name, made.wallet))
    said = f"Created: agent {made.agent_id} with the wallet {made.wallet}. {seen(made.receipt, seconds)}"
    result = {**made.as_dict(), "worst_cases": _worst_cases(draft), **sent(made.receipt, seconds)}
    following = f"send money to {made.wallet}; the agent pays from it. See it: peculium show {made.wallet}"
    return Answer(result, [said, *_worst(draft)], following)


def agent_key(account: str | None, file: Path | None) -> LocalAccount | None:
    """Returns the agent's key if one of the options names it."""
    if account and file:
        raise InvalidInput("Pass --agent-account or --agent-key-file, not both.")
    if file:
        return read_key_file(file)
    return unlock(account) if account else None


def _signed(
    caller: Caller, draft: Draft, key: LocalAccount | None, sign_only: bool
) -> tuple[Draft, list[SignaturesMissing]]:
    creation, missing = draft.creation, list[SignaturesMissing]()
    who = f"an agent with the key {creation.mandate.agent_key}, in the wallet {creation.wallet}"
    effect = "\n".join([f"This creates {who}.", *_worst(draft), f"You sign for it: {quote(draft.statement)}"])
    # A draft that the agent's machine only signs doesn't ask for the principal's account.
    if key is None or not sign_only:
        caller.confirm(effect)
        if caller.principal.address == creation.mandate.principal:
            draft, missing = draft.partly_signed_by(caller.principal.account)
    else:
        caller.say(effect)
    if key is not None and any(each.signer == key.address for each in draft.to_sign()):
        draft = draft.signed_by(key)
    elif key is not None and key.address != creation.mandate.agent_key:
        raise InvalidInput(f"The mandate is for the key {creation.mandate.agent_key}; {key.address} can't sign it.")
    return draft, missing


def _waiting(draft: Draft, file: Path, missing: list[SignaturesMissing]) -> Answer:
    write_private(file, json.dumps(draft.as_dict(), indent=2) + "\n")
    waits = [{"part": each.part, "signer": each.signer, "purpose": each.purpose} for each in draft.to_sign()]
    files = [each.file for each in missing]
    result = {"draft": str(file), "wallet": draft.creation.wallet, "missing": waits, "safe_files": files}
    said = [
        f"The draft is kept in {file}. Nothing was sent.",
        *(f"- {each['signer']} signs: {each['purpose']}" for each in waits),
    ]
    steps = [f"peculium safe sign {each} (by the other owners of the Safe)" for each in files]
    if any(each["signer"] == draft.creation.mandate.agent_key for each in waits):
        steps.append(f"peculium create {file} --sign-only --agent-account NAME (on the agent's machine)")
    steps.append(f"peculium create {file}")
    return Answer(result, said, ", then ".join(steps), Exit.WAITING if waits else Exit.OK)


def _worst(draft: Draft) -> list[str]:
    from peculium.explain import worst_cases, worst_sentence

    return [worst_sentence(each).text for each in worst_cases(draft.creation.mandate)]


def _worst_cases(draft: Draft) -> list[dict[str, Any]]:
    from peculium.explain import worst_cases

    return [each.as_dict() for each in worst_cases(draft.creation.mandate)]
