"""Addresses that the contracts must refuse: zero, the suite, the neighbors of an allowed address."""

from __future__ import annotations

from eth_utils import to_checksum_address

ZERO_ADDRESS = "0x" + "00" * 20
SUITE_GETTERS = [
    "REGISTRY",
    "SWITCH",
    "FACTORY",
    "ENTRY_POINT",
    "WRITER",
    "MANDATE_MODULE",
    "POWERS_MODULE",
    "VIEWS_MODULE",
]
"""The wallet's getters of the contracts that it may never pay or call."""


def adjacent_addresses(address: str) -> tuple[str, str]:
    """The addresses just below and above. A check by `<` or `>` instead of `==` would accept one of them."""
    number = int(address, 16)
    return to_checksum_address(f"{number - 1:#042x}"), to_checksum_address(f"{number + 1:#042x}")
