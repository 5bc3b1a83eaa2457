"""`peculium requests`, `approve` and `refuse`: what an agent asks for beyond its mandate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.reading import principal_option, reader_of
from peculium.cli.stops import seen, sent
from peculium.errors import InvalidInput

if TYPE_CHECKING:
    from peculium.answering.waiting import Waiting
    from peculium.principal import Principal


@command()
@click.argument("wallet", required=False)
@principal_option
def requests(caller: Caller, wallet: str | None, principal: str | None) -> Answer:
    """List what waits for your decision: of one wallet, or of all your agents."""
    with caller.progress("Reading requests"):
        reader = reader_of(caller, principal)
        wallets = [caller.address(wallet)] if wallet else [each.wallet for each in reader.agents()]
        found = [waiting for each in wallets for waiting in waiting_of(reader, each)]
    if not found:
        return Answer([], ["Nothing waits for your decision."])
    first = found[0]
    name = caller.name_of(first.wallet)
    following = f"peculium approve {name} {first.pending.slot}, or peculium refuse {name} {first.pending.slot}"
    return Answer(found, [shown(caller, each) for each in found], following)


@command(sends=True)
@click.argument("wallet")
@click.argument("slot", type=int)
def approve(caller: Caller, wallet: str, slot: int) -> Answer:
    """Approve a request, and pay it or make its call at once."""
    address = caller.address(wallet)
    waiting = _in_slot(caller, address, slot)
    caller.confirm(
        f"{shown(caller, waiting)}\nThis approves it: it happens in the same transaction, outside the limits."
    )
    with caller.sending("Waiting for the block") as timer:
        # The request itself, not its slot: another one may be there by now.
        done = caller.principal.approve(address, waiting.pending)
        seconds = timer.seconds()
    text = f"Approved and done: {waiting.asks}. {seen(done.receipt, seconds)}"
    return Answer({**done.as_dict(), **sent(done.receipt, seconds)}, [text])


@command(sends=True)
@click.argument("wallet")
@click.argument("slot", type=int, required=False)
@click.option(
    "--all", "everything", is_flag=True, help="All requests, authorizations and signed mandates: ends the round."
)
def refuse(caller: Caller, wallet: str, slot: int | None, everything: bool) -> Answer:
    """Refuse a request, or all of a wallet."""
    address = caller.address(wallet)
    if everything == (slot is not None):
        raise InvalidInput(f"Say which: peculium refuse {wallet} SLOT, or peculium refuse {wallet} --all.")
    if slot is None:
        return _refuse_all(caller, address)
    waiting = _in_slot(caller, address, slot)
    caller.confirm(f"{shown(caller, waiting)}\nThis refuses it and frees its slot.")
    with caller.sending("Waiting for the block") as timer:
        if waiting.pending.request is None:
            receipt = caller.principal.wallet(address).refuse_request(caller.signer, slot, waiting.pending.request_hash)
        else:
            receipt = caller.principal.refuse(address, waiting.pending).receipt
        seconds = timer.seconds()
    result = {"approved": False, "wallet": address, "slot": slot, **sent(receipt, seconds)}
    return Answer(result, [f"Refused: {waiting.asks}. {seen(receipt, seconds)}"])


def waiting_of(principal: Principal, wallet: str) -> list[Waiting]:
    """Returns the requests of one of the principal's wallets. Raises `NotPrincipal` for another one's."""
    from peculium.answering.waiting import read_waiting

    return read_waiting(principal.wallet(wallet), principal.names)


def shown(caller: Caller, waiting: Waiting) -> str:
    """Returns a request with everything that its principal needs to decide it."""
    pending = waiting.pending
    lines = [f"{caller.name_of(waiting.wallet)}, slot {pending.slot}: {waiting.asks}"]
    if waiting.payee:
        known = f"known to you as {waiting.payee_name}" if waiting.payee_name else "without a name in your profile"
        listed = "listed in the mandate" if waiting.listed else "not listed in the mandate"
        lines.append(f"  payee: {waiting.payee}, {known}, {listed}, {waiting.history}")
    lines += [f"  {each}" for each in waiting.beyond]
    if waiting.refusal is not None:
        lines.append(f"  without your approval: {waiting.refusal}")
    elif pending.request is not None:
        lines.append("  The agent could do it now without asking.")
    lines += [f"  {each}" for each in waiting.call]
    until = f", can be approved until {waiting.expires_at:%Y-%m-%d %H:%M:%S} UTC" if waiting.expires_at else ""
    lines.append(f"  asked {pending.asked_at:%Y-%m-%d %H:%M:%S} UTC{until}")
    return "\n".join(lines)


def _in_slot(caller: Caller, wallet: str, slot: int) -> Waiting:
    found = waiting_of(caller.principal, wallet)
    for each in found:
        if each.pending.slot == slot:
            return each
    slots = ", ".join(str(each.pending.slot) for each in found) or "none"
    raise InvalidInput(f"No request waits in slot {slot}. Slots with a request: {slots}. See them: peculium requests")


def _refuse_all(caller: Caller, wallet: str) -> Answer:
    count = len(waiting_of(caller.principal, wallet))
    caller.confirm(
        f"This ends the round of {caller.name_of(wallet)}: it refuses all {count} requests, and voids its unsettled authorizations "
        "and mandates that were signed and not installed."
    )
    with caller.sending("Waiting for the block") as timer:
        receipt = caller.principal.refuse_all(wallet)
        seconds = timer.seconds()
    text = f"Refused: all {count} requests. {seen(receipt, seconds)}"
    return Answer({"wallet": wallet, "refused": count, **sent(receipt, seconds)}, [text])
