"""`ape run deploy`: deploy the suite at its deterministic addresses, or find it there and check its code."""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand, network_option
from rich.table import Column, Table

from peculium.deployments.deploy import Deployment
from peculium.deployments.deploy import deploy as deploy_now
from peculium.deployments.manifest import manifest_text, write_manifest
from peculium.devnet import suite_artifacts
from peculium.devnet.console import make_console
from peculium.operations import ENTRY_POINT
from peculium.units import to_address
from toolchain import ape_network
from toolchain.current_build import needs_current_build


@needs_current_build
@click.command(cls=ConnectedProviderCommand)
@network_option(default="ethereum:local:foundry")
@click.option("--account", "alias", help="The ape account that pays. On a local chain a test account pays by default.")
@click.option("--entry-point", default=ENTRY_POINT, show_default=True, help="The ERC-4337 EntryPoint of all wallets.")
@click.option("--manifest", type=click.Path(path_type=Path), help="Default: deployments/<chain id>.json.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON; add -v ERROR to print nothing else.")
def cli(alias: str | None, entry_point: str, manifest: Path | None, as_json: bool) -> None:
    """Deploy the contracts to a network. What is there already is checked against the build, not deployed again."""
    console = make_console(100, stderr=as_json, highlight=False)
    web3 = ape_network.connected_web3()
    # The passphrase is asked for before anything moves on the terminal.
    with ape_network.readable_errors():
        address, signer = to_address(entry_point), ape_network.payer(web3, alias)
    with ape_network.readable_errors(), console.status("Deploying…") as status:
        ape_network.ensure_entry_point(web3, signer, address)
        deployment = deploy_now(
            web3,
            signer,
            entry_point=address,
            artifacts=suite_artifacts(),
            journal=ape_network.journal(),
            report=lambda step: status.update(step.text),
        )
        content = deployment.manifest()
        target = manifest or ape_network.DEPLOYMENTS / f"{content['chain_id']}.json"
        keeps = manifest is not None or not ape_network.ends_with_command()
        if keeps:
            write_manifest(target, content)
    if as_json:
        click.echo(manifest_text(content), nl=False)
        return
    console.print(contracts_table(deployment))
    console.print(f"The code on chain {content['chain_id']} is the code of the build.")
    if keeps:
        click.echo(f"Wrote {ape_network.relative(target)}. To use it: Suite.connect(RPC_URL, MANIFEST).")
    else:
        click.echo("This chain ends now. To keep one, run `anvil` and add --network http://127.0.0.1:8545.")


def contracts_table(deployment: Deployment) -> Table:
    """Each contract with what was done."""
    table = Table("contract", Column("address", no_wrap=True), "result")
    names = {each.name for each in deployment.contracts}
    for each in deployment.contracts:
        result = "found" if each.found else f"deployed, {each.gas_used:,} gas"
        table.add_row(each.name, each.address, f"created by {each.created_by}" if each.created_by in names else result)
    return table
