"""`peculium verify`: is the code on the chain this package's?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Column, Table

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.deploying import entry_point_option
from peculium.cli.exits import Exit

if TYPE_CHECKING:
    from peculium.deployments.verify import Verification


@command()
@click.option("--wallet", "wallets", metavar="ADDRESS|NAME", multiple=True, help="Also compare this wallet.")
@click.option(
    "--principal", "principals", metavar="ADDRESS|NAME", multiple=True, help="Also its paymaster and fleet budget."
)
@click.option("--manifest", type=click.Path(path_type=Path), help="Also compare this manifest.")
@click.option(
    "--submit", is_flag=True, help="Also submit the sources to Sourcify, and to Etherscan (ETHERSCAN_API_KEY)."
)
@entry_point_option
def verify(
    caller: Caller,
    wallets: tuple[str, ...],
    principals: tuple[str, ...],
    manifest: Path | None,
    submit: bool,
    entry_point: str,
) -> Answer:
    """Compare the code on the chain with this package, byte for byte.

    Anybody can; it needs no account. Ends with 1 if something differs.
    """
    from peculium.deployments.verify import verify_suite

    with caller.progress("Comparing…"):
        found = verify_suite(
            caller.network,
            wallets=[caller.address(each) for each in wallets],
            principals=[caller.address(each) for each in principals],
            manifest=manifest,
            entry_point=entry_point,
        )
    table = Table("contract", Column("address", no_wrap=True), "code", box=None, pad_edge=False)
    for each in found.contracts:
        table.add_row(each.name, each.address, each.state, style="" if each.state == "same" else "red")
    wrong = [each.why for each in found.contracts if each.state != "same"]
    if all(each.state == "missing" for each in found.contracts):
        wrong = [f"None of these contracts is on chain {found.chain_id}."]
    if submit and not wrong:
        return _submitted(caller, found, entry_point)
    if not wrong:
        return Answer(found, [table, f"All code on chain {found.chain_id} is this package's, byte for byte."])
    missing = all(each.state in ("same", "missing") for each in found.contracts)
    following = "peculium plan" if missing else "Don't use what differs; see which version of the package has its code."
    return Answer(found, [table, *wrong], following, Exit.FAILED)


def _submitted(caller: Caller, found: Verification, entry_point: str) -> Answer:
    # Only code that is this package's: the sources of other code would be wrong.
    from peculium.deployments import packaged_suite
    from peculium.deployments.explorers import submit_sources
    from peculium.deployments.planned import plan_suite

    contracts = plan_suite(packaged_suite(), entry_point)
    done = submit_sources(
        found.chain_id, contracts, progress=lambda each: caller.say(f"{each.contract}: {each.outcome}")
    )
    table = Table("contract", "service", "outcome", "where", box=None, pad_edge=False)
    for each in done:
        table.add_row(each.contract, each.service, str(each.outcome), each.url or each.reason)
    open_ones = [each for each in done if not each.verified]
    result = {**found.as_dict(), "submissions": [each.as_dict() for each in done]}
    following = open_ones[0].next if open_ones else ""
    return Answer(result, [table], following, Exit.FAILED if open_ones else Exit.OK)
