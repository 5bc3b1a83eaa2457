"""`peculium pause`, `unpause`, `revoke`, and the same for all agents."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.errors import NoContractHere

if TYPE_CHECKING:
    from peculium.contract import Receipt
    from peculium.registry import Status

AS_GUARDIAN = click.option("--principal", metavar="ADDRESS", help="Whose agents, as a guardian. Default: yours.")
OF_ONE = click.option("--principal", metavar="ADDRESS", help="Whose agent it is. Default: as its wallet says.")
UNCHECKED = click.option(
    "--unchecked", is_flag=True, help="Don't ask what the address is: for a wallet that doesn't exist yet."
)


UNSURE = " It wasn't checked whether this principal answers for it: if not, this stops nobody."
"""What is said of a stop with `--unchecked`."""


@command(sends=True)
@click.argument("wallet")
@OF_ONE
@UNCHECKED
def pause(caller: Caller, wallet: str, principal: str | None, unchecked: bool) -> Answer:
    """Pause one agent until you unpause it.

    Guardians can pause too; only the principal can unpause.
    """
    address = caller.address(wallet)
    effect = (
        f"This pauses the agent of {caller.name_of(address)} until you unpause it. It can't pay, and nothing that it signed, "
        "queued or began moves money meanwhile. You can still withdraw."
    )

    def stop() -> Receipt:
        return caller.principal.pause(address, principal=_found(caller, principal), unchecked=unchecked).receipt

    done = f"{_agent(caller, address)} paused.{UNSURE * unchecked}"
    return _stop(caller, effect, "paused", done, address, stop, f"peculium unpause {wallet}, when it may go on")


@command(sends=True)
@click.argument("wallet")
@OF_ONE
@UNCHECKED
def revoke(caller: Caller, wallet: str, principal: str | None, unchecked: bool) -> Answer:
    """Revoke one agent permanently.

    With --unchecked also before its wallet exists. Guardians can revoke too.
    """
    address = caller.address(wallet)
    effect = (
        f"This revokes the agent of {caller.name_of(address)} permanently: nobody can bring it back. It can't pay, and nothing "
        "that it signed moves money any more. You can still withdraw."
    )

    def stop() -> Receipt:
        return caller.principal.revoke(address, principal=_found(caller, principal), unchecked=unchecked).receipt

    done = f"{_agent(caller, address)} revoked.{UNSURE * unchecked}"
    return _stop(caller, effect, "revoked", done, address, stop, f"peculium withdraw {wallet} --all")


@command(sends=True)
@AS_GUARDIAN
def pause_all(caller: Caller, principal: str | None) -> Answer:
    """Pause all your agents, including those created later."""
    effect = f"This pauses all {_agents(caller, principal)}, including those created later, until `unpause-all`."

    def stop() -> Receipt:
        return caller.principal.pause_all(principal=_found(caller, principal)).receipt

    done = f"All {_agents(caller, principal)} are paused."
    return _stop(
        caller, effect, "paused", done, None, stop, "peculium agents; peculium unpause-all, when they may go on"
    )


@command(sends=True)
@AS_GUARDIAN
def revoke_all(caller: Caller, principal: str | None) -> Answer:
    """Revoke all your agents permanently, in one transaction."""
    effect = (
        f"This revokes all {_agents(caller, principal)} permanently, however many there are: nobody can bring them back. "
        "You can still withdraw, and create new agents in new wallets."
    )

    def stop() -> Receipt:
        return caller.principal.revoke_all(principal=_found(caller, principal)).receipt

    done = f"All {_agents(caller, principal)} are revoked."
    return _stop(caller, effect, "revoked", done, None, stop, "peculium withdraw WALLET --all, for each wallet")


@command(sends=True)
@click.argument("wallet")
def unpause(caller: Caller, wallet: str) -> Answer:
    """End the pause of one agent."""
    address = caller.address(wallet)
    # An address without code can be a wallet yet to be created, or a bare key.
    with suppress(NoContractHere):
        caller.principal.wallet(address)
    suite = caller.network.suite
    revoked = suite.registry.check_wallet(address).status.name == "REVOKED"
    if not revoked and not suite.switch.read("isPaused", caller.principal.address, address):
        return Answer(
            {"wallet": address, "status": "not paused"}, [f"The agent of {wallet} isn't paused. Nothing was sent."]
        )
    caller.confirm(f"This ends the pause of the agent of {caller.name_of(address)}: its mandate is in force again.")
    with caller.sending("Waiting for the block") as timer:
        receipt = caller.principal.unpause(address)
        status = suite.registry.check_wallet(address).status
        seconds = timer.seconds()
    result = {"wallet": address, "status": status, **sent(receipt, seconds)}
    return Answer(result, [f"The agent of {caller.name_of(address)} {_is(status)}. {seen(receipt, seconds)}"])


@command(sends=True)
def unpause_all(caller: Caller) -> Answer:
    """End the pause of all your agents."""
    caller.confirm("This ends the pause of all your agents. Those that were paused one by one stay paused.")
    with caller.sending("Waiting for the block") as timer:
        receipt = caller.principal.unpause_all()
        paused = caller.principal.state().paused
        seconds = timer.seconds()
    text = (
        "Your agents are no longer paused all together."
        if not paused
        else "The node still shows the pause of all agents."
    )
    return Answer({"paused": paused, **sent(receipt, seconds)}, [f"{text} {seen(receipt, seconds)}"], "peculium agents")


def sent(receipt: Receipt, seconds: float) -> dict[str, Any]:
    """Returns a transaction, and how long it took from sending to seen, for programs."""
    return {"transaction": receipt.transaction, "block": receipt.block, "seconds": round(seconds, 3)}


def seen(receipt: Receipt, seconds: float) -> str:
    """Returns the same in a sentence."""
    return f"Seen on the chain {seconds:.1f} seconds after it was sent: block {receipt.block}, {receipt.transaction}."


def _stop(
    caller: Caller, effect: str, state: str, done: str, wallet: str | None, stop: Callable[[], Receipt], following: str
) -> Answer:
    caller.confirm(effect)
    with caller.sending("Waiting until the chain shows the stop") as timer:
        # It returns after the new state was read back.
        receipt = stop()
        seconds = timer.seconds()
    result = {"wallet": wallet, "state": state, **sent(receipt, seconds)}
    return Answer(result, [f"{done} {seen(receipt, seconds)}"], following)


def _agent(caller: Caller, wallet: str) -> str:
    return f"The agent of {caller.name_of(wallet)} is"


def _found(caller: Caller, principal: str | None) -> str | None:
    return caller.address(principal) if principal else None


def _agents(caller: Caller, principal: str | None) -> str:
    # Names the address also of one's own: with the wrong account the stop would stop nobody.
    found = caller.address(principal) if principal else caller.principal.address
    return f"agents of {caller.name_of(found)}"


def _is(status: Status) -> str:
    words = {"ACTIVE": "can act again", "UNKNOWN": "is no longer paused", "UNACCEPTED": "is no longer paused"}
    return words.get(status.name, f"is no longer paused by itself, but {status.name.lower().replace('_', ' ')}")
