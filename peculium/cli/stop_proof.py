"""`peculium stop-proof`: does the stop hold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.table import Table

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.exits import Exit
from peculium.cli.reading import label, wallet_of
from peculium.errors import digits

if TYPE_CHECKING:
    from peculium.stop_proof import StopProof, Way


@command()
@click.argument("wallet")
def stop_proof(caller: Caller, wallet: str) -> Answer:
    """Try every way out of a wallet by simulation, and show what gets out.

    Sends nothing. After a stop every row is zero; ends with 1 if one isn't, or can't be tried on this node.
    """
    from peculium.stop_proof import prove_stopped

    with caller.progress("Trying every way out…"):
        proof = prove_stopped(wallet_of(caller, wallet), caller.profile.names)
    head = f"{label(caller, proof.wallet)} at block {proof.block}: {proof.state}"
    text, following = _result(proof, wallet)
    return Answer(proof, [head, _table(proof), text], following, Exit.OK if proof.stopped else Exit.FAILED)


def _table(proof: StopProof) -> Table:
    table = Table("way out", "what was tried", "gets out", "", box=None, pad_edge=False)
    table.columns[2].justify = "right"
    for way in proof.ways:
        style = "" if way.closed else "bold red"
        table.add_row(way.kind, f"{way.what}: {digits(way.tried)} {way.unit}", _amount(way), way.reason, style=style)
    return table


def _amount(way: Way) -> str:
    return "not tried" if way.untried else f"{digits(way.open)} {way.unit}" if way.open else "0"


def _result(proof: StopProof, wallet: str) -> tuple[str, str]:
    untried = [way for way in proof.ways if way.untried]
    open_ways = [way for way in proof.ways if way.open]
    if open_ways:
        text = f"{len(open_ways)} of {len(proof.ways)} ways are open."
        return text, f"peculium pause {wallet}, or peculium revoke {wallet}"
    if untried:
        text = f"{len(untried)} of {len(proof.ways)} ways couldn't be tried: {untried[0].untried}"
        return text, "Use a node that takes state overrides in eth_call, such as geth, Erigon, Nethermind or Reth."
    if not proof.ways:
        return "The wallet has never had a mandate, so there is no way out.", ""
    if not proof.stopped:
        text = f"Nothing gets out at present, but the agent isn't stopped: it is {proof.state}."
        return text, f"peculium pause {wallet}, or peculium revoke {wallet}"
    return f"All {len(proof.ways)} ways are closed: nothing gets out.", f"peculium withdraw {wallet}"
