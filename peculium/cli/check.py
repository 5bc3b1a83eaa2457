"""`peculium check`: who is it?"""

from __future__ import annotations

from typing import Any

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.exits import Exit
from peculium.cli.registrations import registry_option
from peculium.errors import InvalidInput

CANONICAL = "eip155:"
"""How the name of an agent of a canonical registry (ERC-8004) begins."""


@command()
@click.argument("who", metavar="ADDRESS|ID|NAME")
@click.option("--credential", "credentials", metavar="SCHEMA", multiple=True, help="A credential that it must have.")
@click.option("--issuer", "issuers", metavar="ADDRESS|NAME", multiple=True, help="Who may have issued it.")
@click.option("--evidence", is_flag=True, help="Also what a third party needs to verify the answer. Only with --json.")
@registry_option
def check(
    caller: Caller,
    who: str,
    credentials: tuple[str, ...],
    issuers: tuple[str, ...],
    evidence: bool,
    registry: str | None,
) -> Answer:
    """Check an agent: who answers for it, what it may do, whether it is live.

    It is a wallet, an agent key, a number of our registry, or an agent of a canonical registry: eip155:84532:0x8004…:22.

    For whoever deals with an agent. Ends with 1 if the agent isn't live, or a credential is missing.
    """
    import peculium
    from peculium import canonical

    if credentials and not issuers:
        raise InvalidInput("Say whose credentials count: --issuer ADDRESS")
    if evidence and who.startswith(CANONICAL):
        raise InvalidInput(
            "There is no evidence of a canonical agent. Check its wallet: peculium check WALLET --evidence --json"
        )
    with caller.progress("Checking…"):
        trusted = [caller.address(each) for each in issuers]
        if who.startswith(CANONICAL):
            agent = canonical.check(who, caller.network, credentials=credentials, issuers=trusted, registry=registry)
            good = agent.live and not (agent.counterparty and agent.counterparty.missing)
            return _answer(agent.as_dict(), str(agent), good)
        found = peculium.check(_subject(caller, who), caller.network, credentials=credentials, issuers=trusted)
        result = found.as_dict()
        if evidence:
            result["evidence"] = found.as_evidence()
    return _answer(result, str(found), found.live and not found.missing)


def _answer(result: dict[str, Any], text: str, good: bool) -> Answer:
    following = "" if good else "Don't deal with it, or ask its principal."
    return Answer(result, [text], following, Exit.OK if good else Exit.FAILED)


def _subject(caller: Caller, who: str) -> str | int:
    return int(who) if who.isascii() and who.isdigit() else caller.address(who)
