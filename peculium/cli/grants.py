"""`peculium grant`, `lift`, `rotate-key` and `migrate`: the mandate of a wallet that exists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.create import AGENT_KEY, STATEMENT, agent_key
from peculium.cli.files import is_json, parse_json, parse_mandate, read_text
from peculium.cli.mandate import difference_lines
from peculium.cli.stops import seen, sent
from peculium.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peculium.drafts import MandateDraft
    from peculium.explain import Difference
    from peculium.mandate import Mandate
    from peculium.wallet import AgentWallet


@command(sends=True)
@click.argument("wallet")
@click.argument("file")
@click.option("--drop-currencies", is_flag=True, help="Also if it drops a currency in which something was spent.")
@AGENT_KEY[0]
@AGENT_KEY[1]
def grant(
    caller: Caller,
    wallet: str,
    file: str,
    drop_currencies: bool,
    agent_account: str | None,
    agent_key_file: Path | None,
) -> Answer:
    """Grant another mandate to a wallet: shows the difference, and asks.

    FILE is a mandate, or the draft of one from the agent. What was spent counts on. With the agent's signature, in the draft or
    by its key, the mandate is anchored in the registry as well. - reads standard input.
    """
    address, key = caller.address(wallet), agent_key(agent_account, agent_key_file)
    bound = caller.principal.wallet(address)
    mandate, names, draft = _proposed(caller, bound, file)
    # Epoch and round are filled in, and make no difference in what the agent may do.
    in_force = bound.last_mandate() if any(bound.mandate_hash) else None
    old = None if in_force is None else replace(in_force, epoch=mandate.epoch, round=mandate.round)
    if old is not None and old.hash() == mandate.hash():
        unchanged = {"wallet": address, "mandate_hash": "0x" + bound.mandate_hash.hex(), "differences": []}
        return Answer(unchanged, [f"{caller.name_of(address)} has this mandate already. Nothing was sent."])
    found, lines = _difference(bound, old, mandate, names)
    caller.confirm("\n".join([f"This grants {caller.name_of(address)} another mandate:", *lines]))
    with caller.sending("Waiting for the block") as timer:
        if draft is not None and draft.agent_signature:
            signed = caller.principal.sign_grant(draft)
            done = caller.principal.submit_grant(signed, drop_currencies=drop_currencies)
        elif key is not None:
            done = caller.principal.grant_with_agent(address, mandate, key)
        else:
            done = caller.principal.grant(address, mandate, drop_currencies=drop_currencies)
        enforced, seconds = bound.enforces(done.mandate), timer.seconds()
    result = {**done.as_dict(), "in_force": enforced, "differences": found, **sent(done.receipt, seconds)}
    state = "The mandate is in force" if enforced else "The mandate was installed, and the node doesn't show it yet"
    return Answer(result, [f"{state}. {seen(done.receipt, seconds)}"], f"peculium mandate explain {wallet}")


@command(sends=True)
@click.argument("wallet")
def lift(caller: Caller, wallet: str) -> Answer:
    """End the mandate in force.

    The agent can't do anything until you grant another one.
    """
    address = caller.address(wallet)
    caller.confirm(
        f"This ends the mandate of {caller.name_of(address)} and its round: the agent can't do anything until you grant another "
        "one, and its requests and unsettled authorizations are void."
    )
    with caller.sending("Waiting for the block") as timer:
        # It returns after the chain shows that no mandate is in force.
        receipt = caller.principal.lift(address)
        seconds = timer.seconds()
    result = {"wallet": address, "state": "no mandate", **sent(receipt, seconds)}
    text = f"{caller.name_of(address)} has no mandate. {seen(receipt, seconds)}"
    return Answer(result, [text], f"peculium grant {wallet} FILE, when it may go on")


@command(sends=True)
@click.argument("wallet")
@click.argument("new_key")
def rotate_key(caller: Caller, wallet: str, new_key: str) -> Answer:
    """Grant the mandate in force to another key of the agent.

    NEW_KEY is the address of that key.
    """
    address, key = caller.address(wallet), caller.address(new_key)
    mandate = caller.principal.mandate(address)
    if mandate.agent_key == key:
        raise InvalidInput(f"The mandate is for the key {key} already. Pass the address of the new key.")
    caller.confirm(
        f"This grants the mandate of {caller.name_of(address)} to the key {caller.described(key)}. The old key, {mandate.agent_key}, "
        "can't do anything from then on; what was spent counts on. Requests, authorizations and cheques of the old key end."
    )
    with caller.sending("Waiting for the block") as timer:
        done = caller.principal.rotate_key(address, key)
        in_force = caller.principal.mandate(address).agent_key == key
        seconds = timer.seconds()
    result = {**done.as_dict(), "agent_key": key, "in_force": in_force, **sent(done.receipt, seconds)}
    state = "is" if in_force else "was installed, and the node doesn't show it yet as"
    return Answer(result, [f"{caller.name_of(key)} {state} the agent's key. {seen(done.receipt, seconds)}"])


@command(sends=True)
@click.argument("wallet")
@click.option("--salt", required=True, type=int, help="Another one than the old wallet's.")
@click.option("--uri", default="", help="URI of the agent's registration file (ERC-8004).")
@click.option("--statement", default=STATEMENT, show_default=True, help="By which you accept liability.")
@click.option("--token", "tokens", multiple=True, help="A further token to move, besides those of the mandate.")
@AGENT_KEY[0]
@AGENT_KEY[1]
def migrate(
    caller: Caller,
    wallet: str,
    salt: int,
    uri: str,
    statement: str,
    tokens: tuple[str, ...],
    agent_account: str | None,
    agent_key_file: Path | None,
) -> Answer:
    """Move an agent to a new wallet: revoke the old one, create the other, move the money.

    It can be interrupted: the same command does what is left.
    """
    address, key = caller.address(wallet), agent_key(agent_account, agent_key_file)
    if key is None:
        raise InvalidInput(
            "The agent's key signs for the new wallet. Pass --agent-account NAME or --agent-key-file FILE."
        )
    target = caller.principal.wallet_address(key.address, salt)
    caller.confirm(
        f"This revokes the agent of {caller.name_of(address)} permanently, creates it anew in {target} with the last mandate, and "
        "moves the money there. The new wallet counts from zero: its limits are granted anew."
    )
    with caller.sending("Moving the agent") as timer:
        done = caller.principal.migrate(address, key, salt=salt, uri=uri, statement=statement, tokens=tokens)
        seconds = timer.seconds()
    said = [
        f"The agent is in {done.new}, {seconds:.1f} seconds after the first transaction was sent.",
        *(f"- {each}" for each in done.steps),
    ]
    return Answer(
        {"old": done.old, "new": done.new, "steps": list(done.steps), "seconds": round(seconds, 3)},
        said,
        f"peculium show {done.new}",
    )


def _proposed(caller: Caller, wallet: AgentWallet, file: str) -> tuple[Mandate, Mapping[str, str], MandateDraft | None]:
    """Returns the mandate of a file or a draft for the wallet, the names to show it with, and the draft."""
    from peculium.drafts import MandateDraft

    text = read_text(file)
    if not is_json(text):
        found = parse_mandate(caller, text)
        return caller.principal.current(found.mandate, wallet), found.names, None
    draft = MandateDraft.of(parse_json(text, file))
    draft.require_base(wallet)
    # The principal's own names, never the drafter's.
    return draft.mandate, caller.profile.names, draft


def _difference(
    wallet: AgentWallet, old: Mandate | None, new: Mandate, names: Mapping[str, str]
) -> tuple[list[Difference], list[str]]:
    from peculium.explain import diff, explain

    notes = [f"! {each}" for each in wallet.review(new)]
    if old is None:
        sentences = explain(new, names, notes=[])
        return [], ["It has none now. The new one:", *(each.text for each in sentences), *notes]
    found = diff(old, new, names)
    return found, [*difference_lines(found), *notes]
