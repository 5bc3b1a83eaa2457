"""The manifest of a deployment: a file from which others find the contracts, and check them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from eth_utils import keccak

from peculium.deployments.artifacts import compiler_settings
from peculium.deployments.create2 import DEPLOYER, SALT
from peculium.deployments.planned import Planned
from peculium.errors import InvalidInput


def manifest_of(
    planned: Sequence[Planned], code_hashes: Mapping[str, str], entry_point: str, chain_id: int
) -> dict[str, Any]:
    """Returns the manifest of the suite on a chain. `code_hashes` are those of the deployed code by contract.

    All of it follows from the contracts, the EntryPoint and the chain id: it is the same whoever deploys, and whenever. So it
    has no block, no time, no account and no version of this package.
    """
    return {
        "chain_id": chain_id,
        "deployer": DEPLOYER,
        "salt": "0x" + SALT.hex(),
        "entry_point": entry_point,
        "compiler": compiler_settings(),
        "contracts": {
            each.name: {
                "address": each.address,
                "arguments": each.arguments,
                "code_hash": code_hashes[each.name],
                "init_code_hash": hash_of(each.init_code) if each.init_code else "",
                "created_by": each.created_by,
            }
            for each in planned
        },
    }


def manifest_text(content: Mapping[str, Any]) -> str:
    """Returns the content of the file."""
    return json.dumps(content, indent=2) + "\n"


def write_manifest(path: str | Path, content: Mapping[str, Any]) -> None:
    """Writes the file, whole or not at all. Its folder is created. Raises `InvalidInput` if it can't be written."""
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=target.parent, prefix=f".{target.name}.", delete=False) as part:
            try:
                part.write(manifest_text(content))
                part.flush()
                os.fsync(part.fileno())
                # A temporary file is for its owner alone; a manifest is for everybody.
                os.chmod(part.name, 0o644)
                os.replace(part.name, target)
            except BaseException:
                os.unlink(part.name)
                raise
    except OSError as error:
        raise InvalidInput(f"The manifest {path} can't be written: {error.strerror}. Name another file.") from None


def read_manifest(path: str | Path) -> dict[str, Any]:
    """Returns what a file has. Raises `InvalidInput` if it can't be read or isn't a manifest."""
    try:
        content = json.loads(Path(path).read_text())
    except OSError as error:
        raise InvalidInput(
            f"The manifest {path} can't be read: {error.strerror}. Pass the file of a deployment."
        ) from None
    except ValueError as error:
        raise InvalidInput(f"{path} isn't a deployment manifest: {error!r}. Pass the file of a deployment.") from None
    if not isinstance(content, dict) or not isinstance(content.get("chain_id"), int):
        raise InvalidInput(f"{path} isn't a deployment manifest: it has no chain_id. Pass the file of a deployment.")
    return content


def hash_of(code: bytes) -> str:
    """Returns the keccak256 (0x hex)."""
    return "0x" + keccak(code).hex()
