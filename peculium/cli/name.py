"""`peculium name`: names of addresses."""

from __future__ import annotations

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.profiles import save_profile
from peculium.errors import InvalidInput


@command(chain=False)
@click.argument("name")
@click.argument("address", required=False)
@click.option("--remove", is_flag=True, help="Forget the name.")
def name(caller: Caller, name: str, address: str | None, remove: bool) -> Answer:
    """Name an address, so that commands take the name for it.

    The name is kept in the profile. Without ADDRESS, shows the address of the name.
    """
    profile = caller.profile
    if not profile.name:
        raise InvalidInput("There is no profile to keep names in. Make one: peculium use NETWORK")
    if address is None and not remove:
        found = caller.address(name)
        return Answer({"name": name, "address": found}, [found])
    changed = profile.with_name(name, None if remove else address)
    save_profile(changed)
    said = f"{name} is no longer a name." if remove else f"{name} is {changed.names[name]}."
    return Answer({"name": name, "address": changed.names.get(name)}, [said])
