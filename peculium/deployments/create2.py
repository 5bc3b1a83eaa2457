"""Addresses that follow from code (CREATE2), and the contract that creates at them."""

from __future__ import annotations

from eth_utils import keccak, to_checksum_address

DEPLOYER = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
"""The deterministic deployment proxy, which most chains have. Its calldata is a salt and the contract's init code."""
SALT = bytes(32)
"""The CREATE2 salt of every contract of the suite."""
DEPLOYER_CODE = bytes.fromhex(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b"
    "8082525050506014600cf3"
)
"""Its code. The address commits to it: it is the first contract of an account without a known key."""


def create2_address(init_code: bytes, salt: bytes = SALT) -> str:
    """Returns the address of a contract that `DEPLOYER` creates (EIP-1014). `init_code` includes the arguments."""
    packed = b"\xff" + bytes.fromhex(DEPLOYER[2:]) + salt + keccak(init_code)
    return to_checksum_address(keccak(packed)[12:])


def first_contract_of(creator: str) -> str:
    """Returns the address of the first contract that a contract creates (CREATE)."""
    # The hash of the RLP list of creator and nonce 1.
    return to_checksum_address(keccak(b"\xd6\x94" + bytes.fromhex(creator[2:]) + b"\x01")[12:])
