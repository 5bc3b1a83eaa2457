"""A whole story in one request: `eth_simulateV1` over one persistent connection."""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

GAS = hex(15_000_000)


@dataclass(frozen=True)
class Sent:
    """A call as it goes to the chain: addresses and data in hex."""

    sender: str
    to: str
    data: str


@dataclass(frozen=True)
class Answer:
    """What became of a call."""

    succeeded: bool
    data: str
    """Returned, or reverted with (hex)."""
    logs: list[tuple[str, list[str], str]]
    """Emitter, topics, data."""


class ChainFailed(Exception):
    """The node doesn't answer as it should; the message is its own."""


class Simulator:
    """A node's `eth_simulateV1`. Nothing is mined: every story begins where the chain is."""

    OPTIONS = ()
    """What the node is started with."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.overrides: dict[str, str] = {}
        """Of each block, beside its time."""

    def run(self, blocks: Sequence[tuple[int, Sequence[Sent]]]) -> list[Answer]:
        """Blocks, each with its time (unix seconds) and its calls; answers to all calls in order."""
        calls = [
            {
                "blockOverrides": {"time": hex(time), **self.overrides},
                "calls": [{"from": each.sender, "to": each.to, "data": each.data, "gas": GAS} for each in sent],
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
