"""Searches in blocks by bisection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from eth_utils import to_checksum_address

from peculium.chain.node import Node
from peculium.errors import NodeRefused
from peculium.units import to_timestamp


def find_transaction(node: Node, sender: str, nonce: int) -> str | None:
    """Returns the hash of the transaction with which an account used a nonce; None if it isn't found.

    Looks at recent blocks first, so a node that keeps only recent states suffices for a recent transaction.
    """
    account = to_checksum_address(sender)

    def used(block: int) -> bool:
        return int(node.request("eth_getTransactionCount", account, hex(block), patience=1), 16) > nonce

    head = node.block_number()
    try:
        block = first_block(used, head)
    except NodeRefused:
        return None
    if block is None:
        return None
    content = node.request("eth_getBlockByNumber", hex(block), True) or {}
    for each in content.get("transactions", ()):
        if to_checksum_address(each["from"]) == account and int(each["nonce"], 16) == nonce:
            return str(each["hash"])
    return None


def find_creation(node: Node, address: str) -> int | None:
    """Returns the block since which an address has code; None if the node can't say. Read once per process."""
    if address not in node.created_at:

        def has_code(block: int) -> bool:
            return str(node.request("eth_getCode", address, hex(block), patience=0)) != "0x"

        try:
            found = first_block(has_code, node.block_number())
        except NodeRefused:
            # The node doesn't keep old states.
            found = None
        if found is None:
            return None
        node.created_at[address] = found
    return node.created_at[address]


def block_since(node: Node, moment: datetime | int | None) -> int | None:
    """Returns the first block at or after a time (an `int` is unix seconds), 0 without a time; None if there is none yet."""
    if moment is None:
        return 0
    seconds = to_timestamp(moment)

    def reached(block: int) -> bool:
        return int(node.request("eth_getBlockByNumber", hex(block), False)["timestamp"], 16) >= seconds

    return first_block(reached, node.block_number())


def first_block(holds: Callable[[int], bool], head: int) -> int | None:
    """Returns the first block up to `head` from which something holds; None if it doesn't hold at `head`."""
    if not holds(head):
        return None
    step, high = 1, head
    while high > 0 and holds(low := max(0, high - step)):
        high, step = low, 2 * step
    if high == 0:
        return 0
    low = max(0, high - step)
    # It holds at `high`, and not at `low`.
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
