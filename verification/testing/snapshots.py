"""Snapshots of the chain within a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from web3 import Web3

from peculium.devnet.anvil import rpc


@contextmanager
def restored(web3: Web3) -> Iterator[None]:
    """Restores the chain at the end of the block, also after a failure."""
    snapshot = rpc(web3, "evm_snapshot")
    try:
        yield
    finally:
        rpc(web3, "evm_revert", snapshot)
