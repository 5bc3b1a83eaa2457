"""`peculium guardian`: who else can stop your agents."""

from __future__ import annotations

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command, group_of
from peculium.cli.reading import principal_option, reader_of
from peculium.cli.stops import seen, sent

guardian = group_of("guardian", "Appoint others who can stop your agents, and nothing else.")


@command("appoint", group=guardian, sends=True)
@click.argument("address")
def appoint_guardian(caller: Caller, address: str) -> Answer:
    """Appoint a guardian, which can pause and revoke your agents and nothing else."""
    found = caller.address(address)
    caller.confirm(
        f"This appoints {caller.described(found)} as a guardian: it can pause and revoke any of your agents, at any time. It can't "
        "unpause, pay or withdraw."
    )
    return _set(caller, found, True)


@command("remove", group=guardian, sends=True)
@click.argument("address")
def remove_guardian(caller: Caller, address: str) -> Answer:
    """Remove a guardian. What it has stopped stays stopped, and orders that it signed are void."""
    found = caller.address(address)
    caller.confirm(f"This removes the guardian {caller.described(found)}: it can no longer stop your agents.")
    return _set(caller, found, False)


@command("list", group=guardian)
@principal_option
def list_guardians(caller: Caller, principal: str | None) -> Answer:
    """List the guardians that are appointed now."""
    found = reader_of(caller, principal).guardians()
    result = [{"address": each, "name": caller.known_as(each)} for each in found]
    if not found:
        return Answer(result, ["There is no guardian."], "peculium guardian appoint ADDRESS")
    return Answer(result, [f"{each}  {caller.known_as(each) or ''}".rstrip() for each in found])


def _set(caller: Caller, address: str, appointed: bool) -> Answer:
    principal = caller.principal
    with caller.sending("Waiting for the block") as timer:
        receipt = principal.appoint_guardian(address) if appointed else principal.remove_guardian(address)
        now = caller.network.suite.switch.is_guardian(principal.address, address)
        seconds = timer.seconds()
    text = f"{caller.name_of(address)} is {'now' if now else 'no longer'} a guardian. {seen(receipt, seconds)}"
    return Answer({"guardian": address, "appointed": now, **sent(receipt, seconds)}, [text])
