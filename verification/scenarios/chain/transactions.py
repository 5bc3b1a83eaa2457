"""The same stories by real transactions: through the pool, mined in blocks, and reorganized on the way."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Sequence
from typing import Any

from verification.scenarios.chain.simulator import GAS, Answer, ChainFailed, Sent

TRACER = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}}


class Transactions:
    """A node that mines. Gas costs nothing, and everybody sends without a key, so balances are those of a simulation."""

    OPTIONS = ("--order", "fifo", "--base-fee", "0", "--gas-price", "0", "--disable-block-gas-limit")

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self._ask("anvil_autoImpersonateAccount", True)

    def run(self, blocks: Sequence[tuple[int, Sequence[Sent]]]) -> list[Answer]:
        """Blocks, each with its time (unix seconds) and its calls; answers to all calls in order. The chain is put back.

        The second half is mined, thrown away, and mined again: after a reorganization everything has to be as it was.
        """
        middle = len(blocks) // 2
        start = self._ask("evm_snapshot")
        self._ask("evm_setAutomine", False)
        try:
            answers = self._mine_all(blocks[:middle])
            fork = self._ask("evm_snapshot")
            orphaned = self._mine_all(blocks[middle:])
            self._ask("evm_revert", fork)
            rest = self._mine_all(blocks[middle:])
            if rest != orphaned:
                raise ChainFailed("Another history after a reorganization.")
            return answers + rest
        finally:
            self._ask("evm_revert", start)

    def _mine_all(self, blocks: Iterable[tuple[int, Sequence[Sent]]]) -> list[Answer]:
        return [answer for time, sent in blocks for answer in self._mine(time, sent)]

    def _mine(self, time: int, sent: Sequence[Sent]) -> list[Answer]:
        transactions = [
            {"from": each.sender, "to": each.to, "data": each.data, "gas": GAS, "gasPrice": "0x0"} for each in sent
        ]
        # One after the other: what is in one request is done in any order.
        hashes = [self._ask("eth_sendTransaction", each) for each in transactions]
        self._ask("evm_setNextBlockTimestamp", time)
        self._ask("evm_mine")
        receipts = self._ask_all([("eth_getTransactionReceipt", (each,)) for each in hashes])
        traces = self._ask_all([("debug_traceTransaction", (each, TRACER)) for each in hashes])
        return [self._answer(receipt, trace) for receipt, trace in zip(receipts, traces, strict=True)]

    @staticmethod
    def _answer(receipt: dict[str, Any] | None, trace: dict[str, Any]) -> Answer:
        if receipt is None:
            raise ChainFailed("A transaction wasn't mined.")
        logs = [(log["address"], log["topics"], log["data"]) for log in receipt["logs"]]
        return Answer(receipt["status"] == "0x1", trace.get("output") or "0x", logs)

    def _ask(self, method: str, *arguments: Any) -> Any:
        return self._ask_all([(method, arguments)])[0]

    def _ask_all(self, questions: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Many questions in one request."""
        asked = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(arguments)}
            for number, (method, arguments) in enumerate(questions)
        ]
        self.connection.request("POST", "/", json.dumps(asked), {"Content-Type": "application/json"})
        answers = json.loads(self.connection.getresponse().read())
        for each in answers:
            if "result" not in each:
                raise ChainFailed(f"{questions[each['id']][0]}: {each.get('error', each)}")
        return [each["result"] for each in sorted(answers, key=lambda answer: answer["id"])]
