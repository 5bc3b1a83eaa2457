"""The contracts' sources, as the compiler's standard JSON input that gives the package's bytecode."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from peculium.errors import InvalidInput

FILE = "sources.json.gz"
OUTPUTS = ("abi", "evm.bytecode.object", "evm.deployedBytecode.object")
"""What a compiler that is given the input returns of the contract."""


@dataclass(frozen=True)
class Source:
    """The source of a contract, with all that it imports and the settings that it is compiled with."""

    name: str
    path: str
    """Name of its file within the input."""
    compiler: str
    """Version of the compiler with its commit, such as `0.8.37+commit.f401782d`."""
    standard_json: dict[str, Any]
    """Input of `solc --standard-json`."""

    @property
    def identifier(self) -> str:
        """The contract within the input, such as `contracts/AgentRegistry.sol:AgentRegistry`."""
        return f"{self.path}:{self.name}"


def contract_source(name: str) -> Source:
    """Returns the source of a contract of the suite, of `FleetBudget` or `PrincipalPaymaster`.

    Raises `LookupError` for any other name.
    """
    content = _content()
    if name not in content["contracts"]:
        known = ", ".join(content["contracts"])
        raise LookupError(f"The package has no source of {name}. It has {known}.")
    entry = content["contracts"][name]
    return Source(
        name=name,
        path=entry["path"],
        compiler=content["compiler"],
        standard_json={
            "language": "Solidity",
            "sources": {path: {"content": content["sources"][path]} for path in entry["sources"]},
            "settings": {**content["settings"], "outputSelection": {entry["path"]: {name: list(OUTPUTS)}}},
        },
    )


def known_sources() -> tuple[str, ...]:
    """Returns the names of the contracts whose sources the package carries."""
    return tuple(_content()["contracts"])


def write_sources(folder: str | Path) -> list[Path]:
    """Writes the standard JSON input of every contract into a folder, for a person to submit. Creates the folder.

    Raises `InvalidInput` if a file can't be written.
    """
    written = []
    for name in known_sources():
        path = Path(folder) / f"{name}.json"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(contract_source(name).standard_json, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise InvalidInput(f"{path} can't be written: {error.strerror}. Name another folder.") from None
        written.append(path)
    return written


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(gzip.decompress(files("peculium.deployments").joinpath(FILE).read_bytes()))
    return content
