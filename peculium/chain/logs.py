"""Logs, read in pieces that the node accepts.

Public nodes bound the blocks, the results or the size of one `eth_getLogs`, each in its own words. So any refusal of a search
over more than one block is taken as a bound, and the range is halved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from peculium.chain.node import Node
from peculium.chain.search import find_creation
from peculium.errors import LogRangeRefused, NodeRefused

MOST_PIECES = 5_000
"""Requests that one search may take. Beyond, the caller has to name a later first block."""
AT_ONCE = 10
"""Pieces that one request asks for. Many gateways take no more."""
METHOD_NOT_FOUND = -32601
Topics = Sequence[Any]


def read_logs(
    node: Node,
    address: str | Sequence[str] | None,
    topics: Topics,
    first_block: int = 0,
    last_block: int | str = "latest",
) -> list[dict[str, Any]]:
    """Returns all logs of an address, of several, or of all (None), with these topics, oldest first. Both blocks are inclusive.

    Raises `LogRangeRefused` if the search would take more than `MOST_PIECES` requests.
    """
    found = _in_one_request(node, address, topics, first_block, last_block)
    if found is None:
        start, end = _bounds(node, address, first_block, last_block)
        found = [log for piece in _pieces_upwards(node, address, topics, start, end) for log in piece]
    return found


def last_log(node: Node, address: str, topics: Topics, first_block: int = 0) -> dict[str, Any] | None:
    """Returns the latest log of an address with these topics since `first_block`, or None. Searches backwards."""
    found = _in_one_request(node, address, topics, first_block, "latest")
    if found is not None:
        return found[-1] if found else None
    start, end = _bounds(node, address, first_block, "latest")
    while end >= start:
        begin = max(start, end - _span(node) + 1)
        piece = _try(node, address, topics, begin, end)
        if piece is None:
            _halve(node, begin, end)
            continue
        if piece:
            return piece[-1]
        end = begin - 1
    return None


def _in_one_request(
    node: Node, address: str | Sequence[str] | None, topics: Topics, first: int, last: int | str
) -> list[dict[str, Any]] | None:
    # None if the node accepts only a smaller range.
    if node.log_span is not None and (isinstance(last, str) or last - first >= node.log_span):
        return None
    found = _try(node, address, topics, first, last)
    if found is None:
        head = node.block_number() if isinstance(last, str) else last
        _halve(node, first, head)
    return found


def _pieces_upwards(
    node: Node, address: str | Sequence[str] | None, topics: Topics, start: int, end: int
) -> Iterator[list[dict[str, Any]]]:
    while start <= end:
        span = _span(node)
        firsts = range(start, end + 1, span)[:AT_ONCE]
        queries = [_query(address, topics, first, min(end, first + span - 1)) for first in firsts]
        for first, piece in zip(firsts, node.batch([("eth_getLogs", (query,)) for query in queries]), strict=True):
            last = min(end, first + span - 1)
            if _is_bound(piece):
                _halve(node, first, last)
                _check_pieces(node, address, first, end)
                break
            yield piece
            start = last + 1


def _try(
    node: Node, address: str | Sequence[str] | None, topics: Topics, first: int, last: int | str
) -> list[dict[str, Any]] | None:
    try:
        found: list[dict[str, Any]] = node.request("eth_getLogs", _query(address, topics, first, last))
    except NodeRefused as error:
        if error.transient or not _is_bound(error):
            raise
        return None
    return found


def _query(address: str | Sequence[str] | None, topics: Topics, first: int, last: int | str) -> dict[str, Any]:
    blocks = {"fromBlock": hex(first), "toBlock": last if isinstance(last, str) else hex(last)}
    if address is None:
        return {"topics": list(topics), **blocks}
    return {"topics": list(topics), **blocks, "address": address if isinstance(address, str) else list(address)}


def _is_bound(answer: Any) -> bool:
    # Whether the node refuses because of the range. Raises another refusal.
    if not isinstance(answer, NodeRefused):
        return False
    if answer.code == METHOD_NOT_FOUND:
        raise answer
    return True


def _bounds(node: Node, address: str | Sequence[str] | None, first: int, last: int | str) -> tuple[int, int]:
    end = node.block_number() if isinstance(last, str) else last
    created = find_creation(node, address) if isinstance(address, str) else None
    start = max(first, created or 0)
    _check_pieces(node, address, start, end)
    return start, end


def _check_pieces(node: Node, address: str | Sequence[str] | None, start: int, end: int) -> None:
    pieces = (end - start + 1) // _span(node)
    if pieces > MOST_PIECES:
        raise LogRangeRefused(
            f"The node searches at most {_span(node)} blocks at once, so blocks {start} to {end} would take {pieces} requests; "
            f"the most is {MOST_PIECES}. Pass a later first_block, or use a node with wider ranges."
        )


def _halve(node: Node, first: int, last: int) -> None:
    blocks = last - first + 1
    if blocks <= 1:
        raise LogRangeRefused(f"The node refuses to search block {first} for events. Use another node.")
    node.log_span = blocks // 2


def _span(node: Node) -> int:
    return node.log_span or MOST_PIECES
