"""A Safe, from the bytecode that its authors publish on npm."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from peculium.contract import Contract
from peculium.devnet.anvil import node_modules
from peculium.devnet.contracts import create_contract
from peculium.devnet.devnet import Devnet
from peculium.devnet.errors import DevnetError
from peculium.mandate.bounds import ZERO_ADDRESS

PACKAGE = "@safe-global/safe-contracts"
HANDLER = "handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json"
"""What makes a Safe accept signatures (ERC-1271)."""


def deploy_safe(devnet: Devnet, owners: Sequence[str], threshold: int) -> str:
    """Creates a Safe 1.4.1 of which `threshold` owners must sign, and returns its address.

    Raises `DevnetError` if its npm package isn't installed.
    """
    deployer = devnet.role("deployer")

    def create(path: str, *arguments: str) -> Contract:
        built = _published(path)
        return create_contract(devnet.web3, deployer, built["abi"], built["bytecode"], *arguments, kind=Contract)

    singleton, handler = create("Safe.sol/Safe.json"), create(HANDLER)
    proxy = create("proxies/SafeProxy.sol/SafeProxy.json", singleton.address)
    safe = Contract.__new__(Contract)
    safe.bind(devnet.web3, proxy.address, singleton.abi)
    nobody = ZERO_ADDRESS
    safe.send(deployer, "setup", list(owners), threshold, nobody, b"", handler.address, nobody, 0, nobody)
    return safe.address


def _published(path: str) -> dict[str, Any]:
    files = (folder / PACKAGE / "build" / "artifacts" / "contracts" / path for folder in node_modules())
    if (file := next((file for file in files if file.is_file()), None)) is None:
        raise DevnetError(
            f"The npm package {PACKAGE} is not installed: run `npm install {PACKAGE}@1.4.1` in this folder."
        )
    content: dict[str, Any] = json.loads(file.read_text())
    return content
