"""Faults of nodes and of what is before them, as hooks of the proxy."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from web3 import Web3

from peculium.devnet.anvil import rpc
from verification.sending.proxy import Dropped, Forward, Hook, HttpFault

SEND, RECEIPT, COUNT = "eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_getTransactionCount"
SLOW_SECONDS = 1.5
"""How long a slow answer takes; the client has given up by then."""
BEHIND = {"eth_call": 1, "eth_estimateGas": 1, "eth_getCode": 1, "eth_getBalance": 1, COUNT: 1}
"""Where the requests that read a state name the block."""


@dataclass(frozen=True)
class Fault:
    """A fault, and for how many blocks of confirmation it may undo what was included."""

    name: str
    hook: Callable[[Web3], Hook]
    """Takes a connection to the node itself; a new hook for each use."""
    confirmations: int = 1
    lasts: float = 0
    """Seconds after which a transaction may still arrive at the node."""


def on(
    method: str, act: Callable[[Web3, list[Any], Forward], dict[str, Any]], times: int = 1
) -> Callable[[Web3], Hook]:
    """A hook that changes the first requests of a method."""

    def make(web3: Web3) -> Hook:
        left = [times]
        lock = threading.Lock()

        def hook(name: str, parameters: list[Any], forward: Forward) -> dict[str, Any]:
            with lock:
                applies = name == method and left[0] > 0
                left[0] -= applies
            return act(web3, parameters, forward) if applies else forward()

        return hook

    return make


def before(error: Exception) -> Callable[[Web3, list[Any], Forward], dict[str, Any]]:
    """Fails without passing the request on."""

    def act(web3: Web3, parameters: list[Any], forward: Forward) -> dict[str, Any]:
        raise error

    return act


def after(error: Exception) -> Callable[[Web3, list[Any], Forward], dict[str, Any]]:
    """Passes the request on and fails."""

    def act(web3: Web3, parameters: list[Any], forward: Forward) -> dict[str, Any]:
        forward()
        raise error

    return act


def answer_after(answer: dict[str, Any]) -> Callable[[Web3, list[Any], Forward], dict[str, Any]]:
    """Passes the request on and gives another answer."""

    def act(web3: Web3, parameters: list[Any], forward: Forward) -> dict[str, Any]:
        forward()
        return answer

    return act


def answer_instead(answer: dict[str, Any]) -> Callable[[Web3, list[Any], Forward], dict[str, Any]]:
    """Gives an answer without passing the request on."""
    return lambda web3, parameters, forward: answer


def _error(message: str, code: int = -32000) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _slow_before(web3: Web3, parameters: list[Any], forward: Forward) -> dict[str, Any]:
    time.sleep(SLOW_SECONDS)
    return forward()


def _slow_after(web3: Web3, parameters: list[Any], forward: Forward) -> dict[str, Any]:
    answer = forward()
    time.sleep(SLOW_SECONDS)
    return answer


def _doubled(web3: Web3, parameters: list[Any], forward: Forward) -> dict[str, Any]:
    forward()
    return forward()


def _late(web3: Web3, parameters: list[Any], forward: Forward) -> dict[str, Any]:
    threading.Timer(SLOW_SECONDS, forward).start()
    raise HttpFault(504)


def _swallowed(web3: Web3, parameters: list[Any], forward: Forward) -> dict[str, Any]:
    # The node takes it, and forgets it before any block includes it.
    return {"result": Web3.keccak(hexstr=parameters[0]).to_0x_hex()}


def _behind(blocks: int, chance: float = 1.0, times: int = 10**6) -> Callable[[Web3], Hook]:
    """A node that is some blocks behind, or with `chance` below 1 one of two nodes behind a balancer."""

    def make(web3: Web3) -> Hook:
        dice, left = random.Random(blocks), [times]

        def hook(method: str, parameters: list[Any], forward: Forward) -> dict[str, Any]:
            if left[0] <= 0 or dice.random() >= chance:
                return forward()
            left[0] -= 1
            head = web3.eth.block_number
            old = hex(max(0, head - blocks))
            if method in BEHIND:
                changed = [*parameters[: BEHIND[method]], old]
                return dict(web3.provider.make_request(method, changed))  # type: ignore[arg-type]
            answer = forward()
            if method == RECEIPT and answer.get("result") and int(answer["result"]["blockNumber"], 16) > head - blocks:
                return {"result": None}
            if method == "eth_blockNumber":
                return {"result": old}
            return answer

        return hook

    return make


def _reorganized(depth: int) -> Callable[[Web3], Hook]:
    """The blocks from the one that includes the transaction on are replaced by empty ones, once it was seen."""

    def make(web3: Web3) -> Hook:
        snapshot: list[str] = []
        state = {"seen": 0, "done": False}
        lock = threading.Lock()

        def hook(method: str, parameters: list[Any], forward: Forward) -> dict[str, Any]:
            with lock:
                if method == SEND and not snapshot:
                    snapshot.append(rpc(web3, "evm_snapshot"))
                    answer = forward()
                    rpc(web3, "anvil_mine", hex(depth - 1)) if depth > 1 else None
                    return answer
                answer = forward()
                if method == RECEIPT and answer.get("result"):
                    state["seen"] += 1
                    included = int(answer["result"]["blockNumber"], 16)
                    # Without a snapshot a process before this one has sent the transaction.
                    if (
                        snapshot
                        and state["seen"] >= 2
                        and not state["done"]
                        and web3.eth.block_number - included < depth
                    ):
                        state["done"] = True
                        rpc(web3, "evm_revert", snapshot[0])
                        rpc(web3, "anvil_mine", hex(depth))
                    elif state["done"]:
                        rpc(web3, "evm_mine")
                return answer

        return hook

    return make


def _no_receipts(seconds: float, error: Exception) -> Callable[[Web3], Hook]:
    def make(web3: Web3) -> Hook:
        end: list[float] = []

        def hook(method: str, parameters: list[Any], forward: Forward) -> dict[str, Any]:
            if method == RECEIPT:
                end[:] = end or [time.monotonic() + seconds]
                if time.monotonic() < end[0]:
                    raise error
            return forward()

        return hook

    return make


NULL: dict[str, Any] = {"result": None}
FAULTS = (
    Fault("before: 429", on(SEND, before(HttpFault(429, "slow down")))),
    Fault("before: 502", on(SEND, before(HttpFault(502)))),
    Fault("before: dropped connection", on(SEND, before(Dropped()), 2)),
    Fault("before: slow", on(SEND, _slow_before), lasts=SLOW_SECONDS),
    Fault("before: late delivery", on(SEND, _late), lasts=SLOW_SECONDS),
    Fault("before: taken and forgotten", on(SEND, _swallowed)),
    Fault("before: internal error", on(SEND, answer_instead(_error("internal error", -32603)), 2)),
    Fault("before: reads fail for a while", on("eth_estimateGas", before(HttpFault(503)), 2)),
    Fault("before: rate limit on reads", on(COUNT, answer_instead(_error("rate limit exceeded", -32005)), 2)),
    Fault("after: 502", on(SEND, after(HttpFault(502)))),
    Fault("after: 429", on(SEND, after(HttpFault(429, "slow down")))),
    Fault("after: HTML", on(SEND, after(HttpFault(200, "<html>maintenance</html>")))),
    Fault("after: dropped connection", on(SEND, after(Dropped()))),
    Fault("after: slow", on(SEND, _slow_after)),
    Fault("after: delivered twice", on(SEND, _doubled)),
    Fault("after: already known", on(SEND, answer_after(_error("already known")))),
    Fault("after: nonce too low", on(SEND, answer_after(_error("nonce too low")))),
    Fault("after: underpriced replacement", on(SEND, answer_after(_error("replacement transaction underpriced")))),
    Fault("after: insufficient funds", on(SEND, answer_after(_error("insufficient funds for gas * price + value")))),
    Fault("after: internal error", on(SEND, answer_after(_error("internal error", -32603)))),
    Fault("after: no receipts, 429", _no_receipts(1, HttpFault(429, "slow down"))),
    Fault("after: no receipts, dropped", _no_receipts(1, Dropped())),
    Fault("after: no receipts for the whole wait", _no_receipts(6, HttpFault(503))),
    Fault("after: empty receipts", on(RECEIPT, answer_instead(NULL), 5)),
    Fault("stale: count is behind", on(COUNT, lambda web3, given, forward: _lower(forward()), 3)),
    Fault("stale: node one block behind", _behind(1, times=8)),
    Fault("stale: one of two nodes three blocks behind", _behind(3, chance=0.5)),
    Fault("reorganization of depth 1", _reorganized(1), 2),
    Fault("reorganization of depth 2", _reorganized(2), 3),
    Fault("reorganization of depth 3", _reorganized(3), 4),
)
"""Every fault of the suite."""


def _lower(answer: dict[str, Any]) -> dict[str, Any]:
    # The other one of two faults may have made it an error.
    return {"result": hex(max(0, int(answer["result"], 16) - 1))} if "result" in answer else answer


def both(first: Hook, second: Hook) -> Hook:
    """A hook with both faults."""
    return lambda method, parameters, forward: first(method, parameters, lambda: second(method, parameters, forward))
