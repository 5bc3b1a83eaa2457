"""`peculium heartbeat`: agents stop if you don't check in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command, group_of
from peculium.cli.reading import principal_option, reader_of
from peculium.cli.stops import seen, sent
from peculium.cli.values import length

if TYPE_CHECKING:
    from peculium.principal import Principal
    from peculium.switch import PrincipalState

heartbeat = group_of("heartbeat", "Require yourself to check in, or your agents stop.")

OFF = "off"


@command("set", group=heartbeat, sends=True)
@click.argument("interval")
def set_heartbeat(caller: Caller, interval: str) -> Answer:
    """Require a check-in at least every INTERVAL, such as "7 days"; off requires none.

    If it is missed, all your agents are stopped until the next check-in.
    """
    wanted = None if interval == OFF else length(interval)
    if wanted is None:
        effect = "This ends the heartbeat: your agents go on without a check-in."
    else:
        effect = f"This stops all your agents whenever you haven't checked in for {interval}. It counts as a check-in."
    caller.confirm(effect)
    with caller.sending("Waiting for the block") as timer:
        receipt = caller.principal.set_heartbeat(wanted)
        state, seconds = caller.principal.state(), timer.seconds()
    result = {**_result(caller.principal, state), **sent(receipt, seconds)}
    return Answer(
        result, [f"{_words(state)} {seen(receipt, seconds)}"], "" if wanted is None else "peculium heartbeat check-in"
    )


@command("check-in", group=heartbeat, sends=True)
def check_in(caller: Caller) -> Answer:
    """Record a check-in. It ends a stop by a missed one."""
    caller.confirm("This records a check-in. Agents that a missed one has stopped can act again.")
    with caller.sending("Waiting for the block") as timer:
        receipt = caller.principal.check_in()
        state, seconds = caller.principal.state(), timer.seconds()
    result = {**_result(caller.principal, state), **sent(receipt, seconds)}
    return Answer(result, [f"{_words(state)} {seen(receipt, seconds)}"])


@command("show", group=heartbeat)
@principal_option
def show_heartbeat(caller: Caller, principal: str | None) -> Answer:
    """Show when the next check-in is due."""
    reader = reader_of(caller, principal)
    state = reader.state()
    result = _result(reader, state)
    said = [_words(state)]
    if result["missed"]:
        said.append("It was missed: all your agents are stopped.")
    return Answer(result, said, "peculium heartbeat check-in" if result["missed"] else "")


def _due(state: PrincipalState) -> datetime | None:
    if state.heartbeat is None or state.last_check_in is None:
        return None
    return (state.last_check_in + state.heartbeat).astimezone(UTC)


def _result(principal: Principal, state: PrincipalState) -> dict[str, Any]:
    interval = None if state.heartbeat is None else int(state.heartbeat.total_seconds())
    missed = principal.suite.switch.is_dormant(principal.address)
    return {"interval": interval, "last_check_in": state.last_check_in, "due": _due(state), "missed": missed}


def _words(state: PrincipalState) -> str:
    from peculium.explain.words import length as in_words

    due = _due(state)
    if state.heartbeat is None or due is None:
        return "No heartbeat is required."
    return f"A check-in is required every {in_words(state.heartbeat)}; the next one by {due:%Y-%m-%d %H:%M:%S} UTC."
