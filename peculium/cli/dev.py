"""`peculium dev`: a local chain, and a profile for it."""

from __future__ import annotations

from typing import Any

import click

from peculium.cli.consoles import talk_console
from peculium.cli.folders import config_folder, write_private
from peculium.cli.profiles import Profile, current, save_profile, set_current

PROFILE = "dev"


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def dev(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Run a local chain with contracts, test dollars and a ready agent."""
    from peculium.devnet.command import main

    context.exit(main(arguments, "peculium dev", _keep_profile))


def _keep_profile(content: dict[str, Any]) -> None:
    # The keys are everybody's, so a file of them is safe enough.
    folder, accounts = config_folder() / "dev", content["accounts"]
    for role, account in accounts.items():
        write_private(folder / f"{role}.key", account["key"] + "\n")
    names = {role: account["address"] for role, account in accounts.items() if role != "principal"}
    names["wallet"] = content["wallet"]
    save_profile(Profile(PROFILE, content["url"], key_file=str(folder / "principal.key"), names=names))
    if current() in ("", PROFILE):
        set_current(PROFILE)
        advice = "peculium agents"
    else:
        advice = f"peculium use {PROFILE}"
    text = (
        f"\nThe profile {PROFILE} has the principal's key and these names: {', '.join(names)}. Keys of the others: {folder}\n"
        f"Next, in another terminal: {advice}"
    )
    talk_console().print(text, markup=False, soft_wrap=True)
