"""The contracts of the suite before their deployment. All of it follows from code and arguments; no chain is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi import encode
from eth_utils import to_checksum_address

from peculium.deployments.artifacts import Artifact
from peculium.deployments.create2 import DEPLOYER, create2_address, first_contract_of
from peculium.errors import InvalidInput
from peculium.units import to_address

FOR_PRINCIPALS = ("PrincipalPaymaster", "FleetBudget")
"""Contracts that a principal can add. Each belongs to one factory and one principal."""


@dataclass(frozen=True)
class Planned:
    """A contract before its deployment."""

    name: str
    address: str
    arguments: dict[str, Any]
    """The constructor's arguments by name."""
    init_code: bytes
    """With the arguments; empty if another contract creates this one."""
    created_by: str
    """Address of the CREATE2 deployer, or name of the contract that creates this one."""


def plan_suite(artifacts: Mapping[str, Artifact], entry_point: str) -> list[Planned]:
    """Returns the contracts of the suite in the order of their deployment, with their addresses."""
    plan: list[Planned] = []

    def add(name: str, **arguments: str) -> str:
        plan.append(planned(name, artifacts[name], arguments))
        return plan[-1].address

    def add_created(name: str, by: str, **arguments: str) -> None:
        plan.append(Planned(name, first_contract_of(plan[-1].address), arguments, b"", by))

    registry = add("AgentRegistry")
    add_created("RevocationSwitch", "AgentRegistry", registry=registry)
    shared = {"registry": registry, "entryPoint": to_checksum_address(entry_point)}
    shared["writer"] = add("MandateWriter")
    modules = {
        "mandate_module": add("MandateModule", **shared),
        "powers_module": add("PowersModule", **shared),
        "views_module": add("ViewsModule", **shared),
    }
    add("AgentWalletFactory", **shared, **modules)
    add_created("AgentWallet", "AgentWalletFactory", **shared, **modules)
    add("CredentialRegistry")
    add("P256Verifier")
    return plan


def plan_for_principal(name: str, artifact: Artifact, factory: str, principal: str) -> Planned:
    """Returns a principal's paymaster or fleet budget. Raises `InvalidInput` for the zero address as principal."""
    owner = to_address(principal)
    # The constructor refuses it too, but the CREATE2 deployer doesn't pass on the reason.
    if int(owner, 16) == 0:
        raise InvalidInput("The principal is the zero address. Pass the address of the wallets' principal.")
    return planned(name, artifact, {"factory": to_address(factory), "principal": owner})


def planned(name: str, artifact: Artifact, arguments: dict[str, Any]) -> Planned:
    """Returns a contract that the CREATE2 deployer creates."""
    inputs: list[dict[str, Any]] = next(
        (entry["inputs"] for entry in artifact.abi if entry["type"] == "constructor"), []
    )
    init_code = artifact.init_code + encode([each["type"] for each in inputs], list(arguments.values()))
    return Planned(name, create2_address(init_code), arguments, init_code, DEPLOYER)
