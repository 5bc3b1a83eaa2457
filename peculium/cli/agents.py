"""`peculium agents`: all agents in a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.reading import bound, label, principal_option, reader_of, short
from peculium.errors import digits

if TYPE_CHECKING:
    from peculium.watching import Standing

NOTE = "now, 24 h, ever: what each can take at most (paused: once the pause ends)."


@command()
@principal_option
def agents(caller: Caller, principal: str | None) -> Answer:
    """List your agents: status, what each can take at most, last payment, what waits."""
    from peculium.wallet import AgentWallet
    from peculium.watching import Standings

    reader = reader_of(caller, principal)
    with caller.progress("Reading the agents…"):
        wallets = [AgentWallet(caller.network.web3, each.wallet) for each in reader.agents()]
        found = Standings(caller.network.node, wallets, caller.profile.names).read()
    if not found:
        return Answer([], [f"{caller.name_of(reader.address)} has no agents here."], "peculium create")
    unnamed = [each.wallet for each in found if caller.name_of(each.wallet) == each.wallet]
    lines = [f"{short(each)} is {each}" for each in unnamed]
    return Answer(found, [standing_table(caller, found), NOTE, *lines], _next(found, unnamed))


def standing_table(caller: Caller, standings: Sequence[Standing]) -> Table:
    """Returns where agents stand, in a table of 80 columns."""
    table = Table("agent", "status", "now", "24 h", "ever", "last payment", "waits", box=None, pad_edge=False)
    for name in ("now", "24 h", "ever"):
        next(each for each in table.columns if each.header == name).justify = "right"
    for each in standings:
        overview, last = each.overview, each.last_payment
        paid = (
            ""
            if last is None
            else f"{last.time:%m-%d %H:%M} {digits(last.charge)} {last.payee_name or short(last.payee)}"
        )
        amounts = (bound(each.worst_cases, column) for column in ("now", "any_24_hours", "ever"))
        status = str(overview.state)
        table.add_row(label(caller, each.wallet), status, *amounts, paid, _waits(each), style=_STYLES.get(status, ""))
    return table


_STYLES = {"live": "", "paused": "yellow", "revoked": "dim", "no mandate": "dim", "expired": "dim"}


def _waits(standing: Standing) -> str:
    count = len(standing.overview.requests)
    return f"{count} request{'s' if count > 1 else ''}" if count else ""


def _next(found: Sequence[Standing], unnamed: Sequence[str]) -> str:
    if any(each.overview.requests for each in found):
        return "peculium requests"
    return f"peculium name NAME {unnamed[0]}, so that commands take a name for it" if unnamed else ""
