"""Deployment of the suite with CREATE2: addresses are the same on every chain and follow from the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from web3 import Web3

from peculium.chain.node import Node
from peculium.chain.sender import Signer, require_signer
from peculium.deployments.artifacts import Artifact, packaged_suite
from peculium.deployments.create2 import DEPLOYER
from peculium.deployments.create2_deployer import DeployerCreation
from peculium.deployments.creation import Creator, Deployed, Report, Step, ignore
from peculium.deployments.expected import expected_code
from peculium.deployments.final import FINAL_SECONDS, wait_until_final
from peculium.deployments.manifest import manifest_of, write_manifest
from peculium.deployments.plan import plan_deployment
from peculium.deployments.planned import Planned, plan_for_principal, plan_suite
from peculium.deployments.probes import check_instructions
from peculium.deployments.record import settle_pending
from peculium.errors import NoContractHere
from peculium.journal import Journal
from peculium.network import Network
from peculium.operations import ENTRY_POINT
from peculium.suite import Suite


@dataclass
class Deployment:
    """A deployed suite and its contracts."""

    suite: Suite
    entry_point: str
    contracts: list[Deployed] = field(default_factory=list)
    artifacts: Mapping[str, Artifact] = field(default_factory=packaged_suite, repr=False)

    def manifest(self) -> dict[str, Any]:
        """Returns what others need to find and verify the deployment, for `Suite.connect`; see `manifest_of`."""
        planned = plan_suite(self.artifacts, self.entry_point)
        hashes = {each.name: each.code_hash for each in self.contracts}
        return manifest_of(planned, hashes, self.entry_point, Node.of(self.suite.web3).chain_id())

    def as_dict(self) -> dict[str, Any]:
        """Returns what was done and the manifest, for a program."""
        created = [each.name for each in self.contracts if not each.found]
        return {
            "created": created,
            "gas_used": sum(each.gas_used for each in self.contracts),
            "manifest": self.manifest(),
        }


def deploy(
    network: Network | Suite | Web3 | str,
    signer: Signer,
    *,
    entry_point: str = ENTRY_POINT,
    artifacts: Mapping[str, Artifact] | None = None,
    journal: Journal | None = None,
    manifest: str | Path | None = None,
    report: Report = ignore,
    final_seconds: float = FINAL_SECONDS,
) -> Deployment:
    """Deploys the suite as a person does: checks first, pays once, waits until it is final, and writes the manifest.

    What `plan_deployment` shows is checked before anything is sent. The CREATE2 deployer is created if it is missing. A run
    that was interrupted is repeated: what exists isn't created again, and with a journal what was sent is continued. Without
    one, a run waits for what the account has sent before. `report` gets each step.

    Raises as `plan_deployment`, `DeploymentPlan.require` and `deploy_suite` do, and `OutcomeUnknown` if the contracts aren't
    final after `final_seconds`. `0` doesn't wait for it.
    """
    net, node = Network.of(network), Network.of(network).node
    account = require_signer(signer).address
    settle_pending(node, account, lambda count: report(Step(f"Waiting for {count} earlier transactions of {account}")))
    plan = plan_deployment(net, account, entry_point=entry_point, artifacts=artifacts).require()
    if plan.deployer_missing:
        report(Step("Creating the CREATE2 deployer"))
        DeployerCreation(node, signer, journal).run()
    made: list[Deployment] = []

    def create() -> bool:
        # Whether nothing had to be created. Called again after a reorganization, which can undo creations.
        shown = report if not made else lambda step: None if step.done and step.done.found else report(step)
        made.append(deploy_suite(net.web3, signer, artifacts, plan.entry_point, shown, journal))
        return all(each.found for each in made[-1].contracts)

    if final_seconds:
        wait_until_final(node, plan.final, create, lambda block, last: report(_waiting(block, last)), final_seconds)
    else:
        create()
    if manifest is not None:
        write_manifest(manifest, made[0].manifest())
    return made[0]


def deploy_suite(
    web3: Web3,
    signer: Signer,
    artifacts: Mapping[str, Artifact] | None = None,
    entry_point: str = ENTRY_POINT,
    report: Report = ignore,
    journal: Journal | None = None,
) -> Deployment:
    """Deploys the contracts that are missing and compares the code of all with the build. A second run sends nothing.

    `artifacts` are the compiled contracts by name; by default those of the package. With a journal, what an interrupted run
    has sent is continued. Raises `NoContractHere` if the chain has no CREATE2 deployer, `WrongContract` if it has other code
    than the build, and before anything is sent `ChainTooOld` if its EVM isn't at Cancun yet.
    """
    node, built = Node.of(web3), packaged_suite() if artifacts is None else artifacts
    check_instructions(node)
    require_deployer(node)
    plan = plan_suite(built, entry_point)
    contracts = _create_all(Creator(node, signer, journal), plan, built, entry_point, report)
    found = {each.name: each.address for each in contracts}
    suite = Suite.at(web3, found["AgentRegistry"], found["AgentWalletFactory"], found["CredentialRegistry"])
    return Deployment(suite, entry_point, contracts, built)


def deploy_paymaster(web3: Web3, signer: Signer, artifact: Artifact, factory: str, principal: str) -> Deployed:
    """Deploys a principal's paymaster, or finds it: its address depends on factory, principal and code only.

    Raises as `deploy_suite` does, and `InvalidInput` for the zero address as principal.
    """
    return _deploy_for(web3, signer, "PrincipalPaymaster", artifact, factory, principal)


def deploy_fleet_budget(web3: Web3, signer: Signer, artifact: Artifact, factory: str, principal: str) -> Deployed:
    """Deploys a principal's fleet budget, or finds it: its address depends on factory, principal and code only.

    Raises as `deploy_suite` does, and `InvalidInput` for the zero address as principal.
    """
    return _deploy_for(web3, signer, "FleetBudget", artifact, factory, principal)


def require_deployer(node: Node) -> None:
    """Raises `NoContractHere` unless the chain has the CREATE2 deployer."""
    if not node.code(DEPLOYER):
        raise NoContractHere(
            f"Chain {node.chain_id()} has no CREATE2 deployer at {DEPLOYER}. Create it first: `peculium deploy` does, where the "
            "node takes transactions without a chain id. Or use another chain."
        )


def _create_all(
    creator: Creator, plan: Sequence[Planned], built: Mapping[str, Artifact], entry_point: str, report: Report
) -> list[Deployed]:
    suite, chain_id = {each.name: each.address for each in plan}, creator.node.chain_id()
    codes = creator.node.codes([each.address for each in plan])
    contracts = []
    for number, planned in enumerate(plan, 1):
        artifact = built[planned.name]
        expected = None
        if artifact.immutables is not None:
            expected = expected_code(planned, artifact, suite, entry_point, chain_id)
        place = {"name": planned.name, "number": number, "count": len(plan)}
        missing = not codes[planned.address]
        if missing and planned.init_code:
            report(Step(f"{planned.name}: creating it", **place))  # type: ignore[arg-type]
        made = creator.create(planned, artifact, expected, codes[planned.address])
        text = "exists" if made.found else f"created, {made.gas_used:,} gas"
        if missing and not planned.init_code:
            text = f"created by {planned.created_by}"
        report(Step(f"{planned.name}: {text}", done=made, **place))  # type: ignore[arg-type]
        contracts.append(made)
    return contracts


def _deploy_for(web3: Web3, signer: Signer, name: str, artifact: Artifact, factory: str, principal: str) -> Deployed:
    planned, node = plan_for_principal(name, artifact, factory, principal), Node.of(web3)
    require_deployer(node)
    return Creator(node, signer).create(planned, artifact, None, node.code(planned.address))


def _waiting(block: int, last: int) -> Step:
    return Step(f"Waiting until block {block} is final; the last final block is {last}")
