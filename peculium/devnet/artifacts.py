"""The compiled contracts: in a checkout its build with all mocks, otherwise those that the package carries."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from peculium.deployments import SUITE, Artifact, packaged_artifact
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
    return Artifact(entry["abi"], init_code, runtime_code)


@cache
def artifact(name: str) -> Artifact:
    """One compiled contract. Raises `LookupError` if there is none of this name.

    The build has precedence over the package's file, so that tests run the contracts as they were compiled last.
    """
    return compiled(name) if BUILD.is_file() else packaged_artifact(name)


def suite_artifacts() -> dict[str, Artifact]:
    """The contracts of the suite by name."""
    return {name: artifact(name) for name in SUITE}
