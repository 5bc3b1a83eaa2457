"""The contracts that `make compile` has built in this repository: the suite and the test doubles."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from peculium.deployment import Artifact

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
)
"""Every contract of a suite."""


@cache
def _built() -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(BUILD.read_text())["contractTypes"]
    except FileNotFoundError:
        raise SystemExit("The contracts are not compiled. Run `make compile` first.") from None
    return content


@cache
def artifact(name: str) -> Artifact:
    """A compiled contract by its name. Raises `LookupError` if there is none."""
    try:
        compiled = _built()[name]
    except KeyError:
        raise LookupError(f"No contract {name} in {BUILD}. Run `make compile`.") from None
    code = (compiled[kind]["bytecode"].removeprefix("0x") for kind in ("deploymentBytecode", "runtimeBytecode"))
    return Artifact(compiled["abi"], *map(bytes.fromhex, code))


def artifacts() -> dict[str, Artifact]:
    """Every contract of a suite by its name."""
    return {name: artifact(name) for name in CONTRACTS}
