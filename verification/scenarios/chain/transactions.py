"""Runs a scenario as real transactions: through the pool, mined in blocks, with a reorganization in the middle."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from verification.scenarios.chain.driver import GAS_LIMIT, Answer, ChainFailed, Sent

TRACER = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}}
FREE_GAS = ("--order", "fifo", "--base-fee", "0", "--gas-price", "0", "--disable-block-gas-limit")
"""Gas costs nothing, so balances equal those of a simulation."""


class Transactions:
    """Mines every block. The node impersonates all senders, so no keys are needed."""

    OPTIONS: ClassVar[tuple[str, ...]] = FREE_GAS

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.rpc("anvil_autoImpersonateAccount", True)

    def connect(self, secrets: Mapping[str, int], addresses: Mapping[str, str]) -> None:
        """Needs no keys."""

    def run(self, blocks: Sequence[tuple[int, Sequence[Sent]]]) -> list[Answer]:
        """Mines all blocks and restores the chain.

        The second half is mined, reverted and mined again: a reorganization must not change any answer.
        """
        middle = len(blocks) // 2
        start = self.rpc("evm_snapshot")
        self.rpc("evm_setAutomine", False)
        try:
            answers = self._mine_all(blocks[:middle])
            fork = self.rpc("evm_snapshot")
            orphaned = self._mine_all(blocks[middle:])
            self.rpc("evm_revert", fork)
            rest = self._mine_all(blocks[middle:])
            if rest != orphaned:
                raise ChainFailed("The answers changed after a reorganization.")
            return answers + rest
        finally:
            self.rpc("evm_revert", start)

    def _mine_all(self, blocks: Iterable[tuple[int, Sequence[Sent]]]) -> list[Answer]:
        return [answer for time, sent in blocks for answer in self.mine(time, sent)]

    def mine(self, time: int, sent: Sequence[Sent]) -> list[Answer]:
        """Mines one block with these transactions in this order."""
        # One request each: a node may reorder the entries of a batch request.
        hashes = [self.submit(each) for each in sent]
        self.rpc("evm_setNextBlockTimestamp", time)
        self.rpc("evm_mine")
        receipts = self._batch([("eth_getTransactionReceipt", (each,)) for each in hashes])
        traces = self._batch([("debug_traceTransaction", (each, TRACER)) for each in hashes])
        return [self._answer(receipt, trace) for receipt, trace in zip(receipts, traces, strict=True)]

    def submit(self, sent: Sent) -> str:
        """Sends a transaction to the pool; returns its hash."""
        transaction = {"from": sent.sender, "to": sent.to, "data": sent.data, "gas": GAS_LIMIT, "gasPrice": "0x0"}
        return str(self.rpc("eth_sendTransaction", transaction))

    @staticmethod
    def _answer(receipt: dict[str, Any] | None, trace: dict[str, Any]) -> Answer:
        if receipt is None:
            raise ChainFailed("A transaction was not mined.")
        logs = [(log["address"], log["topics"], log["data"]) for log in receipt["logs"]]
        return Answer(receipt["status"] == "0x1", trace.get("output") or "0x", logs)

    def rpc(self, method: str, *arguments: Any) -> Any:
        """One JSON-RPC call."""
        return self._batch([(method, arguments)])[0]

    def _batch(self, calls: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Several JSON-RPC calls in one request."""
        bodies = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(arguments)}
            for number, (method, arguments) in enumerate(calls)
        ]
        self.connection.request("POST", "/", json.dumps(bodies), {"Content-Type": "application/json"})
        answers = json.loads(self.connection.getresponse().read())
        for each in answers:
            if "result" not in each:
                raise ChainFailed(f"{calls[each['id']][0]}: {each.get('error', each)}")
        return [each["result"] for each in sorted(answers, key=lambda answer: answer["id"])]
