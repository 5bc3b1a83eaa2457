"""`ape run paymaster`: deploy a principal's paymaster, which pays for the user operations of its wallets, or find it."""

import json
from pathlib import Path

import click

from peculium import EntryPoint
from peculium.deployments.deploy import deploy_paymaster
from peculium.devnet import artifact
from peculium.units import to_address
from toolchain import ape_network
from toolchain.current_build import needs_current_build

NEXT_STEPS = """\
Next, the principal deposits ether, adds a stake for bundlers, and sets gas terms for each wallet:

  paymaster = PrincipalPaymaster(web3, "{address}")
  paymaster.deposit(principal, "0.1")
  paymaster.add_stake(principal, "0.1", timedelta(days=1))
  paymaster.set_gas_terms(principal, wallet, GasTerms("0.001", "0.01", timedelta(days=1)))"""


@needs_current_build
@ape_network.for_principal
def cli(principal: str, alias: str | None, manifest: Path | None, as_json: bool) -> None:
    """Deploy the paymaster of a principal, or find it. The suite must be deployed on this network."""
    web3 = ape_network.connected_web3()
    with ape_network.readable_errors():
        owner, signer = to_address(principal), ape_network.payer(web3, alias)
        suite = ape_network.deployed_suite(web3, manifest)
        entry_point = EntryPoint(web3, suite.wallet(suite.factory.read("IMPLEMENTATION")).read("ENTRY_POINT"))
        ape_network.require_entry_point(web3, entry_point.address)
        deployed = deploy_paymaster(web3, signer, artifact("PrincipalPaymaster"), suite.factory.address, owner)
        deposit = entry_point.deposit_of(deployed.address)
    if as_json:
        content = {"address": deployed.address, "found": deployed.found, "deposit": f"{deposit.normalize():f}"}
        click.echo(json.dumps(content, indent=2))
        return
    result = "found" if deployed.found else f"deployed, {deployed.gas_used:,} gas"
    click.echo(f"Paymaster of {owner}: {deployed.address} ({result}). Deposit: {deposit.normalize():f} ETH.\n")
    click.echo(NEXT_STEPS.format(address=deployed.address))
