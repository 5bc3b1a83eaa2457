"""The compiled contracts that the package carries, so that it can deploy the suite without the repository."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from peculium.chain.abi import CONTRACTS, load_abi

SUITE = (
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
OTHERS = ("FleetBudget", "MockUSDC", "PrincipalPaymaster")
"""Further contracts in the package: what a principal may add, and the test token of the devnet."""


@dataclass(frozen=True)
class Artifact:
    """A compiled contract."""

    abi: list[dict[str, Any]]
    """In the package, that of a module of the wallet is its constructor alone: nobody calls a module."""
    init_code: bytes
    """Creation code without the constructor's arguments."""
    runtime_code: bytes
    """Deployed code. Each immutable is 32 zero bytes, which the constructor replaces."""
    immutables: Mapping[str, tuple[int, ...]] | None = None
    """Where the deployed code has each immutable, by its name in the source. None if the compiler wasn't asked."""


@cache
def packaged_artifact(name: str) -> Artifact:
    """Returns a contract of `SUITE` or `OTHERS` as the package carries it. Raises `LookupError` for any other name."""
    try:
        entry = _bytecode()[name]
    except KeyError:
        known = ", ".join(sorted((*SUITE, *OTHERS)))
        raise LookupError(f"The package has no bytecode of {name}. It has {known}.") from None
    init_code = bytes.fromhex(entry["init_code"])
    start, length = entry["runtime_code"]
    abi = load_abi(name) if name in CONTRACTS else entry["abi"]
    immutables = {variable: tuple(positions) for variable, positions in entry["immutables"].items()}
    return Artifact(abi, init_code, init_code[start : start + length], immutables)


def packaged_suite() -> dict[str, Artifact]:
    """Returns the contracts of the suite by name, as the package carries them."""
    return {name: packaged_artifact(name) for name in SUITE}


def compiler_settings() -> dict[str, Any]:
    """Returns the compiler's version and the settings that the bytecode depends on."""
    found: dict[str, Any] = _bytecode()["compiler"]
    return dict(found)


@cache
def _bytecode() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files("peculium.deployments").joinpath("bytecode.json").read_text())
    return content
