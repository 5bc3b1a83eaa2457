"""`peculium profile`: what the commands take for granted."""

from __future__ import annotations

from rich.table import Table

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.profiles import load_profile, profiles
from peculium.cli.use import shown_network


@command(chain=False)
def profile(caller: Caller) -> Answer:
    """Show the profile in use, and the others."""
    listed = [load_profile(name) for name in profiles()]
    table = Table("", "profile", "network", "account", "names")
    for each in listed:
        mark = "*" if each.name == caller.profile.name else ""
        table.add_row(
            mark, each.name, shown_network(each.network), each.account or each.key_file or "", ", ".join(each.names)
        )
    result = {"current": caller.profile.name or None, "profiles": listed}
    if not listed:
        return Answer(
            result, ["There is no profile yet."], "peculium use base-sepolia, or peculium dev for a local chain"
        )
    return Answer(result, [table])
