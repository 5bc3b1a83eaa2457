"""`peculium order`: stops that are signed in advance, and submitted by anyone."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click
from eth_utils import keccak

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command, group_of
from peculium.cli.files import read_json
from peculium.cli.folders import write_private
from peculium.cli.stops import seen, sent
from peculium.errors import InvalidInput

if TYPE_CHECKING:
    from peculium.orders import KeptOrder
    from peculium.switch import Order

order = group_of("order", "Sign stops in advance; anyone can submit them later.")

KINDS = ("pause", "revoke", "pause-all", "revoke-all")


@command("sign", group=order, signs=True)
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("wallet", required=False)
@click.option("--file", type=click.Path(path_type=Path), help="Where the order is kept. Default: standard output.")
@click.option("--nonce", type=int, help="Any unused number. Default: a random one, or one of its own for a Safe.")
@click.option("--principal", metavar="ADDRESS", help="Sign as a guardian of this principal.")
def sign_order(
    caller: Caller, kind: str, wallet: str | None, file: Path | None, nonce: int | None, principal: str | None
) -> Answer:
    """Sign a stop to keep. Whoever has the order can submit it at any time: keep it as you keep a key."""
    from peculium.orders import KeptOrder

    made = _signed(caller, kind, wallet, nonce, principal)
    kept = KeptOrder.on(caller.network.suite, made)
    text = json.dumps(kept.as_dict(), indent=2)
    caller.say(f"{_effect(caller, kept)} It lasts until it is submitted or canceled.")
    if file is None:
        return Answer(kept, [text], "peculium order submit FILE, by anyone, in an emergency")
    write_private(file, text + "\n")
    return Answer(kept, [f"The order is in {file}."], f"peculium order submit {file}, by anyone, in an emergency")


@command("submit", group=order, sends=True)
@click.argument("file")
def submit_order(caller: Caller, file: str) -> Answer:
    """Submit a signed order. Your account only pays the gas. - reads standard input."""
    from peculium.orders import KeptOrder

    kept = KeptOrder.of(read_json(file))
    kept.check(caller.network.suite)
    caller.confirm(_effect(caller, kept))
    with caller.sending("Waiting until the chain shows the stop") as timer:
        # It returns after the new state was read back.
        receipt = caller.principal.submit_order(kept.order).receipt
        seconds = timer.seconds()
    result = {**kept.as_dict(), **sent(receipt, seconds)}
    return Answer(result, [f"The order {kept.kind} is in effect. {seen(receipt, seconds)}"])


@command("cancel", group=order, sends=True)
@click.argument("nonce", type=int)
def cancel_order(caller: Caller, nonce: int) -> Answer:
    """Cancel a nonce of yours, so that orders signed with it are void."""
    caller.confirm(f"This cancels the nonce {nonce}: orders that you signed with it are void.")
    with caller.sending("Waiting for the block") as timer:
        receipt = caller.principal.cancel_order(nonce)
        seconds = timer.seconds()
    return Answer({"nonce": str(nonce), **sent(receipt, seconds)}, [f"Canceled. {seen(receipt, seconds)}"])


def _signed(caller: Caller, kind: str, wallet: str | None, nonce: int | None, principal: str | None) -> Order:
    from peculium.orders import KINDS as ORDER_KINDS

    chosen = ORDER_KINDS[kind]
    if (wallet is None) != chosen.for_all:
        wanted = f"peculium order sign {kind}" + ("" if chosen.for_all else " WALLET")
        raise InvalidInput(
            f"The order {kind} is about {'all agents' if chosen.for_all else 'one agent'}. Pass: {wanted}"
        )
    address = caller.address(wallet) if wallet else None
    if nonce is None and (caller.safe or caller.profile.safe):
        # The owners sign the same message in several runs.
        nonce = int.from_bytes(keccak(text=f"{kind} {address}"))
    if principal is None:
        if address:
            caller.principal.wallet(address)
        return caller.principal.sign_order(chosen, address, nonce)
    number = secrets.randbits(256) if nonce is None else nonce
    return caller.network.suite.switch.sign_order(caller.signer, chosen, caller.address(principal), number, address)


def _effect(caller: Caller, kept: KeptOrder) -> str:
    signed = kept.order
    whose = f"all agents of {caller.name_of(signed.principal)}"
    what = whose if signed.kind.for_all else f"the agent of {caller.name_of(signed.wallet)}"
    how = "pauses" if kept.kind.startswith("pause") else "permanently revokes"
    return f"The order {how} {what}, signed by {caller.name_of(signed.signer)}."
