"""The ERC-4337 EntryPoint, from the bytecode that its authors publish on npm.

Parts of it are under the GPL, so this package under the MIT license doesn't carry it.
"""

from __future__ import annotations

import json
from typing import Any

from web3 import Web3

from peculium import Signer, send_transaction
from peculium.deployments.create2 import DEPLOYER
from peculium.devnet.anvil import node_modules
from peculium.devnet.errors import DevnetError, EntryPointMissing
from peculium.operations import ENTRY_POINT

PACKAGES = {"0.8": "@account-abstraction/contracts", "0.9": "entry-point-0.9"}
"""The npm package of each version. For 0.9 npm has only a release candidate; its rules for accounts are the final ones."""
SALT = bytes.fromhex("0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9")
"""The CREATE2 salt of version 0.8 on every chain."""


def published(name: str, version: str = "0.8") -> dict[str, Any]:
    """A contract of the EntryPoint's npm package; the keys are `abi` and `bytecode`."""
    package = PACKAGES[version]
    paths = (folder / package / "artifacts" / f"{name}.json" for folder in node_modules())
    if (path := next((path for path in paths if path.is_file()), None)) is None:
        install = "run `make setup`" if version != "0.8" else f"run `npm install {package}@0.8.0` in this folder"
        raise EntryPointMissing(f"The npm package {package}, which has the EntryPoint, is not installed: {install}.")
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def deploy_entry_point(web3: Web3, signer: Signer) -> str:
    """Deploys version 0.8 at its canonical address unless it is there. Returns the address."""
    address = web3.to_checksum_address(ENTRY_POINT)
    if not web3.eth.get_code(address):
        if not web3.eth.get_code(web3.to_checksum_address(DEPLOYER)):
            raise DevnetError(f"Chain {web3.eth.chain_id} has no CREATE2 deployer at {DEPLOYER}. Use a fresh Anvil.")
        init_code = bytes.fromhex(published("EntryPoint")["bytecode"].removeprefix("0x"))
        send_transaction(web3, signer, DEPLOYER, "0x" + (SALT + init_code).hex())
        if not web3.eth.get_code(address):
            raise DevnetError(f"The published bytecode did not create an EntryPoint at {address}.")
    return ENTRY_POINT
