"""The contracts as ape has compiled them."""

from __future__ import annotations

from typing import Any

import ape

from peculium.deployment import Artifact

CONTRACTS = (
    "AgentRegistry",
    "AgentWallet",
    "AgentWalletExtension",
    "AgentWalletFactory",
    "CredentialRegistry",
    "MandateKeeper",
    "MandateWriter",
    "P256Verifier",
    "RevocationSwitch",
)


def artifact(name: str) -> Artifact:
    """A contract as ape has compiled it."""
    compiled = getattr(ape.project, name).contract_type
    return Artifact(
        [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in compiled.abi],
        bytes(compiled.deployment_bytecode.to_bytes()),
        bytes(compiled.runtime_bytecode.to_bytes()),
    )


def artifacts() -> dict[str, Artifact]:
    """Every contract that is deployed."""
    return {name: artifact(name) for name in CONTRACTS}


def compiler() -> dict[str, Any]:
    """The settings that the bytecode depends on."""
    solidity = ape.project.config.solidity
    return {
        "solc": str(solidity.version),
        "evm_version": solidity.evm_version,
        "optimizer_runs": solidity.optimization_runs,
        "via_ir": solidity.via_ir,
    }
