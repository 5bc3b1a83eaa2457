"""`ape run fleet`: deploy a principal's fleet budget, one budget over all its wallets, or find it."""

import json
from pathlib import Path

import click

from peculium.deployments.deploy import deploy_fleet_budget
from peculium.devnet import artifact
from peculium.units import to_address
from toolchain import ape_network
from toolchain.current_build import needs_current_build

NEXT_STEPS = """\
Next, the principal sets a budget in each currency, then signs mandates that name the fleet budget:

  fleet = FleetBudget(web3, "{address}")
  fleet.set_budget(principal, "USD", lifetime_limit="5000", windows=[Window(timedelta(days=1), "200")])
  mandate = Mandate(..., guard=fleet.address)"""


@needs_current_build
@ape_network.for_principal
def cli(principal: str, alias: str | None, manifest: Path | None, as_json: bool) -> None:
    """Deploy the fleet budget of a principal, or find it. The suite must be deployed on this network."""
    web3 = ape_network.connected_web3()
    with ape_network.readable_errors():
        owner, signer = to_address(principal), ape_network.payer(web3, alias)
        suite = ape_network.deployed_suite(web3, manifest)
        deployed = deploy_fleet_budget(web3, signer, artifact("FleetBudget"), suite.factory.address, owner)
    if as_json:
        click.echo(json.dumps({"address": deployed.address, "found": deployed.found}, indent=2))
        return
    result = "found" if deployed.found else f"deployed, {deployed.gas_used:,} gas"
    click.echo(f"Fleet budget of {owner}: {deployed.address} ({result}).\n")
    click.echo(NEXT_STEPS.format(address=deployed.address))
