"""Who sent a transaction, when, and what its gas cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peculium.chain.node import Node, Request
from peculium.chain.receipts import to_int
from peculium.errors import NodeRefused
from peculium.ledger.logs import Log, address

AT_ONCE = 100
"""Requests in one round trip."""


@dataclass(frozen=True)
class Sent:
    """A transaction."""

    hash: str
    block: int
    block_hash: str
    time: int
    """Of the block (unix seconds)."""
    sender: str
    gas_cost: int
    """Wei."""


def read_transactions(node: Node, logs: Sequence[Log]) -> dict[str, Sent]:
    """Returns the transactions of logs by their hashes."""
    firsts = {log.transaction: log for log in logs}
    untimed = sorted({log.block for log in firsts.values() if log.time is None})
    blocks = _all(node, [("eth_getBlockByNumber", (hex(each), False)) for each in untimed])
    times = {number: to_int(block["timestamp"]) for number, block in zip(untimed, blocks, strict=True)}
    receipts = _all(node, [("eth_getTransactionReceipt", (each,)) for each in firsts])
    return {
        hash_: Sent(
            hash_,
            log.block,
            log.block_hash,
            times[log.block] if log.time is None else log.time,
            address(receipt["from"]),
            _cost(receipt),
        )
        for (hash_, log), receipt in zip(firsts.items(), receipts, strict=True)
    }


def _cost(receipt: Any) -> int:
    # Rollups add what the data costs on the chain below.
    price = to_int(receipt.get("effectiveGasPrice") or 0)
    return to_int(receipt["gasUsed"]) * price + to_int(receipt.get("l1Fee") or 0)


def _all(node: Node, requests: Sequence[Request]) -> list[Any]:
    found = []
    for start in range(0, len(requests), AT_ONCE):
        piece = requests[start : start + AT_ONCE]
        for (method, parameters), answer in zip(piece, node.batch(piece), strict=True):
            if isinstance(answer, NodeRefused):
                raise answer
            if answer is None:
                raise NodeRefused(f"The node has no answer to {method} of {parameters[0]}. Try again.", transient=True)
            found.append(answer)
    return found
