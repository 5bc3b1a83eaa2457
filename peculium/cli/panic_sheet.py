"""`peculium panic-sheet`: how to stop agents when this software can't be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.folders import write_private
from peculium.cli.reading import label, reader_of
from peculium.errors import InvalidInput

if TYPE_CHECKING:
    from peculium.cli.panic_page import Group
    from peculium.orders import KeptOrder
    from peculium.overview import Overview


@command(signs=True)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--order",
    "orders",
    multiple=True,
    type=click.Choice(("pause-all", "revoke-all")),
    help="Also sign this stop and print it: anybody can submit it. Keep the sheet as you keep a key.",
)
def panic_sheet(caller: Caller, file: Path, orders: tuple[str, ...]) -> Answer:
    """Write a page with the exact calls that stop your agents, to print and keep.

    FILE is an HTML page that loads nothing. It has a code for a phone, a line for Foundry's cast and the calldata of each call:
    for when this software can't be used. Write it anew after you have created an agent.
    """
    from peculium.cli.panic_page import page
    from peculium.overview import Overviews
    from peculium.wallet import AgentWallet

    if file.exists() and not caller.yes:
        raise InvalidInput(f"{file} exists. Name another file, or pass --yes to replace it.")
    with caller.progress("Reading the agents…"):
        network, principal = caller.network, reader_of(caller, None)
        wallets = [AgentWallet(network.web3, each.wallet) for each in principal.agents()]
        overviews = Overviews(network.node, wallets, caller.profile.names).read()
    signed = [_signed(caller, kind) for kind in dict.fromkeys(orders)]
    by = principal.address
    groups = [group for group in _groups(caller, by, overviews, signed) if group.calls]
    write_private(file, page(_facts(caller, by, overviews), groups, signed))
    calls = [call for group in groups for call in group.calls]
    result = {
        "file": str(file),
        "calls": [
            {
                "title": call.title,
                "to": call.contract.address,
                "sender": call.sender,
                "data": call.data,
                "cast": call.cast(),
                "link": call.link(),
            }
            for call in calls
        ],
        "orders": [each.as_dict() for each in signed],
    }
    text = f"{file} has {len(calls)} calls for {len(overviews)} agents. Print it, and try one of its lines before you need it."
    warning = " It has a signed order: whoever has the page can stop your agents." if signed else ""
    return Answer(result, [text + warning], f"open {file} in a browser and print it")


def _signed(caller: Caller, kind: str) -> KeptOrder:
    from peculium.orders import KINDS, KeptOrder

    return KeptOrder.on(caller.network.suite, caller.principal.sign_order(KINDS[kind]))


def _groups(caller: Caller, by: str, overviews: list[Overview], signed: list[KeptOrder]) -> list[Group]:
    from peculium.cli.panic_page import Group
    from peculium.emergency import stops_of, stops_of_all, submission_of, withdrawals_of
    from peculium.wallet import AgentWallet

    suite = caller.network.suite
    groups = [
        Group("All agents at once", stops_of_all(suite.switch, by)),
        Group("Signed orders", [submission_of(suite.switch, each) for each in signed]),
    ]
    for overview in overviews:
        name = label(caller, overview.wallet)
        tokens = {token.address: token.symbol for each in overview.currencies for token in each.tokens}
        wallet = AgentWallet(caller.network.web3, overview.wallet)
        listed = [(symbol, address) for address, symbol in tokens.items()]
        calls = [*stops_of(suite.switch, by, overview.wallet, name), *withdrawals_of(wallet, by, listed, name)]
        groups.append(Group(f"Agent {name}: {overview.wallet}", calls))
    return groups


def _facts(caller: Caller, by: str, overviews: list[Overview]) -> list[tuple[str, str]]:
    node, switch = caller.network.node, caller.network.suite.switch
    written = f"block {overviews[0].block}, {overviews[0].time:%Y-%m-%d %H:%M} UTC" if overviews else "now"
    return [
        ("Principal", by),
        ("Chain", str(node.chain_id())),
        ("Switch", switch.address),
        ("Agents", str(len(overviews))),
        ("Written at", written),
    ]
