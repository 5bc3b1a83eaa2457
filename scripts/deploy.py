"""Deploys the suite to any network that ape knows: deterministic addresses, idempotent, checked against the build.

`ape run deploy` deploys to a local Anvil of its own, to see that it works; `ape run deploy --network ethereum:sepolia:…
--account NAME` to a real chain; against an Anvil that is running, `--network http://127.0.0.1:8545`.
"""

import json
import sys
from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand, network_option
from rich.table import Column, Table

from peculium import PeculiumError
from peculium.deployment import ENTRY_POINT, deploy_suite
from peculium.devnet.artifacts import artifacts
from peculium.devnet.console import make_console
from toolchain.ape_network import FOLDER, compiler, shown, signer_of, web3_of_provider


@click.command(cls=ConnectedProviderCommand)
@network_option(default="ethereum:local:foundry")
@click.option("--account", "alias", help="Account of ape's that pays; a test account on a development network.")
@click.option(
    "--entry-point", default=ENTRY_POINT, show_default=True, help="ERC-4337 EntryPoint of the wallets, for ever."
)
@click.option(
    "--manifest", type=click.Path(path_type=Path), help="Where to write; default: deployments/<chain id>.json."
)
@click.option("--json", "as_json", is_flag=True, help="Print the manifest instead of a table.")
def cli(alias: str | None, entry_point: str, manifest: Path | None, as_json: bool) -> None:
    """Deploy registry, switch, factory and credentials, or find and check what is there."""
    console = make_console(128, stderr=as_json)
    web3 = web3_of_provider()
    signer = signer_of(web3, alias)
    try:
        with console.status("Compiling…") as status:
            deployment = deploy_suite(
                web3, signer, artifacts(), entry_point, lambda name: status.update(f"Deploying {name}…")
            )
    except PeculiumError as error:
        console.print(f"[red]{error}[/]")
        sys.exit(1)
    content = deployment.manifest(compiler())
    target = manifest or FOLDER / f"{content['chain_id']}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content, indent=2) + "\n")
    if as_json:
        print(json.dumps(content, indent=2))
        return
    table = Table(
        "contract", Column("address", no_wrap=True), "code hash", "", title=f"Peculium on chain {content['chain_id']}"
    )
    for each in deployment.contracts:
        if each.created_by in content["contracts"]:
            note = f"created by {each.created_by}"
        else:
            note = "found" if each.found else f"deployed, {each.gas_used:,} gas"
        table.add_row(each.name, each.address, each.code_hash[:10] + "…", note)
    console.print(table)
    console.print(f"The code on the chain is that of the build. Written to {shown(target)}.")
