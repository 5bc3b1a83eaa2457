"""The compiled contracts: in a checkout its build with all mocks, otherwise those that the package carries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from peculium.deployments import SUITE, Artifact, packaged_artifact
from peculium.deployments.artifacts import OTHERS
from peculium.devnet.errors import DevnetError

BUILD = Path(__file__).parents[2] / ".build" / "__local__.json"
CONTRACTS = SUITE


@cache
def contract_types() -> dict[str, Any]:
    """ape's build: what it knows about each contract, by name."""
    try:
        content: dict[str, Any] = json.loads(BUILD.read_text())["contractTypes"]
    except FileNotFoundError:
        raise DevnetError("The contracts are not compiled. Run `make compile`.") from None
    return content


def compiled(name: str) -> Artifact:
    """One contract of this checkout's build. Raises `LookupError` if the build has no contract of this name."""
    try:
        entry = contract_types()[name]
    except KeyError:
        raise LookupError(f"The build has no contract {name}. Run `make compile`.") from None
    init_code, runtime_code = (
        bytes.fromhex(entry[kind]["bytecode"].removeprefix("0x")) for kind in ("deploymentBytecode", "runtimeBytecode")
    )
    return Artifact(entry["abi"], init_code, runtime_code, _immutables(name, runtime_code))


def _immutables(name: str, runtime_code: bytes) -> Mapping[str, tuple[int, ...]] | None:
    # ape's build doesn't have them. The package's are right for the same code.
    if name not in (*SUITE, *OTHERS):
        return None
    carried = packaged_artifact(name)
    return carried.immutables if carried.runtime_code == runtime_code else None


@cache
def artifact(name: str) -> Artifact:
    """One compiled contract. Raises `LookupError` if there is none of this name.

    The build has precedence over the package's file, so that tests run the contracts as they were compiled last.
    """
    return compiled(name) if BUILD.is_file() else packaged_artifact(name)


def suite_artifacts() -> dict[str, Artifact]:
    """The contracts of the suite by name."""
    return {name: artifact(name) for name in SUITE}
