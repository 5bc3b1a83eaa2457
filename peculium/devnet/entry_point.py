"""The ERC-4337 EntryPoint, from the bytecode that its authors publish on npm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from web3 import Web3

from peculium import Signer, send_transaction
from peculium.deployment import DEPLOYER
from peculium.devnet.errors import DevnetError
from peculium.operations import ENTRY_POINT

NODE_MODULES = Path(__file__).parents[2] / "node_modules"
PACKAGES = {"0.8": "@account-abstraction/contracts", "0.9": "entry-point-0.9"}
"""The npm package of each version. For 0.9 npm has only a release candidate; its rules for accounts are the final ones."""
SALT = bytes.fromhex("0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9")
"""The CREATE2 salt of version 0.8 on every chain."""


def published(name: str, version: str = "0.8") -> dict[str, Any]:
    """A contract of the EntryPoint's npm package; the keys are `abi` and `bytecode`."""
    path = NODE_MODULES / PACKAGES[version] / "artifacts" / f"{name}.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        raise DevnetError(f"{PACKAGES[version]} is not installed. Run `make setup`.") from None
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
