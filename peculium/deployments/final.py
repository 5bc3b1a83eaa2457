"""Waits until what a chain shows now can't be undone any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from peculium.chain.node import Node
from peculium.chain.receipts import to_int
from peculium.chain.tracker import measure_block_seconds
from peculium.deployments.networks import KnownNetwork, networks
from peculium.errors import ChainUnavailable, NodeRefused, OutcomeUnknown

Final = Literal["finalized"] | int
"""The block tag of final blocks, or the number of blocks after which one is final; 1 is its own block."""
FINAL_SECONDS = 3_600
"""For how long finality is waited for; it takes about 15 minutes on Ethereum and on most rollups."""
LONGEST_PAUSE = 12.0


def known_network_of(chain_id: int) -> KnownNetwork | None:
    """Returns the known network of a chain; None if there is none."""
    return next((each for each in networks().values() if each.chain_id == chain_id), None)


def final_of(chain_id: int) -> Final:
    """Returns what a chain calls final, as `networks.toml` says; for an unknown chain, a block is final at once."""
    known = known_network_of(chain_id)
    return 1 if known is None else known.final


def wait_until_final(
    node: Node, final: Final, holds: Callable[[], bool], waiting: Callable[[int, int], None], timeout: float
) -> int:
    """Waits until a block is final since which `holds` is true, and returns its number.

    `holds` may change the chain so that it becomes true, then it is asked again; so it is after a reorganization. `waiting` gets the block that is waited for and the last
    final one, whenever it changed. Raises `OutcomeUnknown` after `timeout` seconds, or if the node doesn't say what is final.
    """
    deadline, shown = node.clock() + timeout, -1
    block = _holding_block(node, holds)
    while True:
        number, last = to_int(block["number"]), _last_final(node, final)
        if last is not None and last >= number:
            if _block(node, hex(number)).get("hash") == block["hash"]:
                return number
            # It is gone with a reorganization.
            block = _holding_block(node, holds)
            continue
        if node.clock() >= deadline:
            state = "doesn't say which blocks are final" if last is None else f"calls block {last} the last final one"
            raise OutcomeUnknown(
                f"All of it is on the chain in block {number}, which isn't final after {timeout:g} seconds: the node {state}. "
                "Deploy again later: it sends nothing and waits on."
            )
        if last is not None and last != shown:
            shown = last
            waiting(number, last)
        node.sleep(min(_pause(node), max(0.0, deadline - node.clock())))


def _holding_block(node: Node, holds: Callable[[], bool]) -> dict[str, Any]:
    # A block that was the latest one before `holds` was found true.
    while True:
        block = _block(node, "latest")
        if holds():
            return block


def _last_final(node: Node, final: Final) -> int | None:
    # None if the node doesn't say.
    try:
        if final == "finalized":
            return to_int(_block(node, "finalized")["number"])
        return node.block_number() - final + 1
    except ChainUnavailable:
        return None


def _block(node: Node, tag: str) -> dict[str, Any]:
    found = node.request("eth_getBlockByNumber", tag, False)
    if not isinstance(found, dict):
        raise NodeRefused(f"The node doesn't have the block {tag}. Try again, or use another node.", transient=True)
    return found


def _pause(node: Node) -> float:
    if node.block_seconds is None:
        node.block_seconds = measure_block_seconds(node)
    return min(LONGEST_PAUSE, max(0.05, node.block_seconds))
