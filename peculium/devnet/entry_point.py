"""The canonical EntryPoint of ERC-4337 on a chain of one's own, from the bytecode that its authors publish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from web3 import Web3

from peculium import Signer, send_transaction
from peculium.deployment import DEPLOYER, ENTRY_POINT

MODULES = Path(__file__).parents[2] / "node_modules"
ARTIFACTS = {"0.8": MODULES / "@account-abstraction" / "contracts", "0.9": MODULES / "entry-point-0.9"}
"""Of v0.9 npm has the release candidate only; what it asks of an account is the same."""
SALT = bytes.fromhex("0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9")
"""The salt that v0.8 was deployed with on every chain."""


def published(name: str, version: str = "0.8") -> dict[str, Any]:
    """A contract as the EntryPoint's authors have published it: `abi`, `bytecode`."""
    content: dict[str, Any] = json.loads((ARTIFACTS[version] / "artifacts" / f"{name}.json").read_text())
    return content


def place_entry_point(web3: Web3, signer: Signer) -> str:
    """Deploys the EntryPoint at its canonical address, unless it is there; returns the address."""
    if not web3.eth.get_code(web3.to_checksum_address(ENTRY_POINT)):
        init_code = bytes.fromhex(published("EntryPoint")["bytecode"].removeprefix("0x"))
        send_transaction(web3, signer, DEPLOYER, "0x" + (SALT + init_code).hex())
        if not web3.eth.get_code(web3.to_checksum_address(ENTRY_POINT)):
            raise RuntimeError(f"The EntryPoint didn't come out at {ENTRY_POINT}.")
    return ENTRY_POINT
