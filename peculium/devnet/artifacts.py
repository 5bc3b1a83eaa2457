"""The contracts compiled in this repository: the suite and the mocks."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from peculium.deployment import Artifact
from peculium.devnet.errors import DevnetError

BUILD = Path(__file__).parents[2] / ".build" / "__local__.json"
CONTRACTS = (
    "AgentRegistry",
    "AgentWallet",
    "AgentWalletFactory",
    "CredentialRegistry",
    "MandateModule",
    "MandateWriter",
    "P256Verifier",
    "PowersModule",
    "RevocationSwitch",
    "ViewsModule",
)
"""The contracts of the suite."""


@cache
def contract_types() -> dict[str, Any]:
    """ape's build: what it knows about each contract, by name."""
    try:
        content: dict[str, Any] = json.loads(BUILD.read_text())["contractTypes"]
    except FileNotFoundError:
        raise DevnetError("The contracts are not compiled. Run `make compile`.") from None
    return content


@cache
def artifact(name: str) -> Artifact:
    """One compiled contract. Raises `LookupError` if the build has no contract of this name."""
    try:
        compiled = contract_types()[name]
    except KeyError:
        raise LookupError(f"The build has no contract {name}. Run `make compile`.") from None
    init_code, runtime_code = (
        bytes.fromhex(compiled[kind]["bytecode"].removeprefix("0x"))
        for kind in ("deploymentBytecode", "runtimeBytecode")
    )
    return Artifact(compiled["abi"], init_code, runtime_code)


def suite_artifacts() -> dict[str, Artifact]:
    """The contracts of the suite by name."""
    return {name: artifact(name) for name in CONTRACTS}
