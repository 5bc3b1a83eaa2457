"""Searches for the first block at which something holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from eth_utils import to_checksum_address

from peculium.chain.node import Node, Request
from peculium.errors import NodeRefused
from peculium.units import to_timestamp

PROBES = 10
"""Blocks that are asked for in one request. Many gateways take no more."""


def find_transaction(node: Node, sender: str, nonce: int) -> str | None:
    """Returns the hash of the transaction with which an account used a nonce; None if it isn't found.

    Looks at recent blocks first, so a node that keeps only recent states suffices for a recent transaction.
    """
    account = to_checksum_address(sender)

    def count(block: int) -> Request:
        return "eth_getTransactionCount", (account, hex(block))

    try:
        block = first_block(node, count, lambda answer: int(answer, 16) > nonce, patience=1)
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

        def code(block: int) -> Request:
            return "eth_getCode", (address, hex(block))

        try:
            found = first_block(node, code, lambda answer: str(answer) != "0x", patience=0)
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

    def header(block: int) -> Request:
        return "eth_getBlockByNumber", (hex(block), False)

    return first_block(node, header, lambda answer: int(answer["timestamp"], 16) >= seconds)


def first_block(
    node: Node, ask: Callable[[int], Request], holds: Callable[[Any], bool], patience: float | None = None
) -> int | None:
    """Returns the first block from which the answer to `ask(block)` holds; None if it doesn't hold at the latest block.

    Begins at the latest block and goes back in steps that double, several in one request, so that a node which keeps only
    recent states suffices for what is recent. Raises `NodeRefused` if the node refuses a block that matters.
    """

    def probe(blocks: Sequence[int]) -> Iterator[tuple[int, bool]]:
        answers = node.batch([ask(block) for block in blocks], patience)
        for block, answer in zip(blocks, answers, strict=True):
            if isinstance(answer, NodeRefused):
                raise answer
            yield block, holds(answer)

    head = node.block_number()
    back = [head, *(head - 2**power for power in range(head.bit_length()) if 2**power < head), 0]
    low, high = -1, head + 1
    for block, found in (each for part in _parts(back) for each in probe(part)):
        if not found:
            low = block
            break
        high = block
    if high > head or high == 0:
        return None if high else 0
    # It holds at `high`, and not at `low`.
    while high - low > 1:
        width = max(1, (high - low) // (PROBES + 1))
        for block, found in probe(list(range(low + width, high, width))[:PROBES]):
            if found:
                high = block
                break
            low = block
    return high


def _parts(blocks: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(blocks), PROBES):
        yield blocks[start : start + PROBES]
