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
        revert(web3, snapshot)


def revert(web3: Web3, snapshot: str) -> None:
    """Restores the chain of a snapshot."""
    if not rpc(web3, "evm_revert", snapshot):
        raise AssertionError(
            f"The chain has no snapshot {snapshot}: something restored an earlier one, or made the chain anew."
        )
    # Anvil keeps what was sent after the snapshot, and then may not include what the same account sends next.
    rpc(web3, "anvil_dropAllTransactions")
