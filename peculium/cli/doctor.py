"""`peculium doctor`: does this chain suit?"""

from __future__ import annotations

from rich.table import Column, Table

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.deploying import MARKS, STYLES, entry_point_option, payer_address, payer_option
from peculium.cli.exits import Exit


@command()
@payer_option
@entry_point_option
def doctor(caller: Caller, payer: str | None, entry_point: str) -> Answer:
    """Check a chain, its node and your account, and say what to do.

    Sends nothing. Ends with 1 if something fails.
    """
    from peculium.deployments.doctor import diagnose

    with caller.progress("Looking at the chain…"):
        found = diagnose(caller.network, payer_address(caller, payer), entry_point)
    table = Table(
        Column(width=4), "what", Column("found", overflow="fold"), box=None, pad_edge=False, show_header=False
    )
    for each in found.findings:
        text = f"{each.text} Next: {each.next}" if each.next else each.text
        table.add_row(MARKS[each.grade], each.name, text, style=STYLES[each.grade])
    worst = next(
        (each for grade in ("fail", "warn") for each in found.findings if each.grade == grade and each.next), None
    )
    return Answer(found, [table], worst.next if worst else "", Exit.FAILED if found.grade == "fail" else Exit.OK)
