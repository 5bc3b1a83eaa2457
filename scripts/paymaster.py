"""Deploys the paymaster of a principal, or finds it: one deposit that pays for the user operations of all its wallets.

`ape run paymaster --principal ADDRESS` on a network where the suite is deployed, as for `ape run deploy`.
"""

import json
import sys
from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand, network_option
from rich.console import Console

from peculium import EntryPoint, PeculiumError, PrincipalPaymaster, Suite
from peculium.deployment import deploy_paymaster
from peculium.devnet.artifacts import artifact
from peculium.units import to_address
from toolchain.ape_network import FOLDER, shown, signer_of, web3_of_provider

NEXT = """What comes next is the principal's, by an account of its own:

  paymaster = PrincipalPaymaster(web3, "{address}")
  paymaster.deposit(principal, "0.1")                        # ether that operations are paid from
  paymaster.add_stake(principal, "0.1", timedelta(days=1))   # what bundlers ask for; it comes back
  paymaster.set_gas_terms(principal, wallet, GasTerms("0.001", "0.01", timedelta(days=1)))"""


@click.command(cls=ConnectedProviderCommand)
@network_option(default="ethereum:local:foundry")
@click.option("--principal", required=True, help="Whose wallets it pays for, and whose the deposit is.")
@click.option("--account", "alias", help="Account of ape's that pays; a test account on a development network.")
@click.option(
    "--manifest", type=click.Path(path_type=Path), help="The suite's manifest; default: deployments/<chain id>.json."
)
@click.option("--json", "as_json", is_flag=True, help="Print address and deposit for a program.")
def cli(principal: str, alias: str | None, manifest: Path | None, as_json: bool) -> None:
    """Deploy a principal's paymaster, or find it and tell what it holds."""
    console = Console(stderr=as_json, width=128, highlight=False)
    web3 = web3_of_provider()
    path = manifest or FOLDER / f"{web3.eth.chain_id}.json"
    if not path.is_file():
        console.print(
            f"[red]There is no {shown(path)}.[/] Run `ape run deploy` on this network first, or name one by --manifest."
        )
        sys.exit(1)
    try:
        suite = Suite.connect(str(web3.provider.endpoint_uri), path)
        made = deploy_paymaster(
            web3, signer_of(web3, alias), artifact("PrincipalPaymaster"), suite.factory.address, to_address(principal)
        )
        paymaster = PrincipalPaymaster(web3, made.address)
        deposit = EntryPoint(web3, paymaster.read("entryPoint")).deposit_of(made.address)
    except PeculiumError as error:
        console.print(f"[red]{error}[/]")
        sys.exit(1)
    if as_json:
        print(json.dumps({"address": made.address, "found": made.found, "deposit": f"{deposit.normalize():f}"}))
        return
    done = "found" if made.found else f"deployed, {made.gas_used:,} gas"
    console.print(
        f"The paymaster of {principal} is at [b]{made.address}[/b] ({done}); its deposit is {deposit.normalize():f} ether."
    )
    console.print(NEXT.format(address=made.address))
