"""Runs a whole scenario in one `eth_simulateV1` request over one persistent connection."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from verification.scenarios.chain.driver import GAS_LIMIT, Answer, ChainFailed, Sent


class Simulator:
    """Simulates on top of the latest block. Nothing is mined, so every scenario starts from the same state."""

    OPTIONS: ClassVar[tuple[str, ...]] = ()

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.overrides: dict[str, str] = {}
        """Overrides of every block, besides its time."""

    def connect(self, secrets: Mapping[str, int], addresses: Mapping[str, str]) -> None:
        """Needs no keys: a simulated call has any sender."""

    def run(self, blocks: Sequence[tuple[int, Sequence[Sent]]]) -> list[Answer]:
        """Runs all blocks; returns the answers to all calls in order."""
        calls: list[dict[str, Any]] = [
            {
                "blockOverrides": {"time": hex(time), **self.overrides},
                "calls": [{"from": each.sender, "to": each.to, "data": each.data, "gas": GAS_LIMIT} for each in sent],
            }
            for time, sent in blocks
        ]
        request = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "eth_simulateV1",
            "params": [{"blockStateCalls": calls}, "latest"],
        }
        self.connection.request("POST", "/", json.dumps(request), {"Content-Type": "application/json"})
        answer = json.loads(self.connection.getresponse().read())
        if "result" not in answer:
            raise ChainFailed(str(answer.get("error", answer)))
        return [self._answer(call) for block in answer["result"] for call in block["calls"]]

    @staticmethod
    def _answer(call: dict[str, Any]) -> Answer:
        succeeded = call["status"] == "0x1"
        data = call["returnData"]
        if not succeeded and "error" in call:
            data = call["error"].get("data") or data
        return Answer(succeeded, data, [(log["address"], log["topics"], log["data"]) for log in call["logs"]])
