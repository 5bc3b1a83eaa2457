"""Many reads in one round trip, each of which can fail by itself."""

from __future__ import annotations

from typing import Any

from peculium.chain.node import Node, Request
from peculium.chain.refusals import refusal_of_node
from peculium.contract import Contract, Read
from peculium.errors import ContractError, NodeRefused

LARGEST = 100
"""Requests in one round trip. Some providers refuse larger batches."""


class Answer:
    """What a request of a batch came to, once the batch has run."""

    def __init__(self, read: Read | None = None) -> None:
        self._read = read
        self._result: Any = None

    def set(self, result: Any) -> None:
        """Sets what the node has answered: a result, or a `NodeRefused`."""
        self._result = result

    @property
    def refusal(self) -> ContractError | None:
        """The error with which the contract reverted; None if it didn't. Raises `NodeRefused` if the node didn't ask it."""
        if not isinstance(self._result, NodeRefused):
            return None
        error = refusal_of_node(self._result)
        if isinstance(error, ContractError):
            return error
        raise error

    @property
    def value(self) -> Any:
        """The result. Raises the `ContractError` with which the contract reverted, or a `NodeRefused`."""
        if isinstance(self._result, NodeRefused):
            raise refusal_of_node(self._result)
        if self._read is None:
            return self._result
        return self._read.contract.decode(self._read.function, self._read.arguments, self._result)


class Batch:
    """Requests that are collected first, and then made in one round trip if the node takes batches."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._requests: list[tuple[Request, Answer]] = []

    def read(self, contract: Contract, function: str, *arguments: Any, sender: str | None = None) -> Answer:
        """Adds a call of a function without a transaction."""
        read = Read(contract, function, arguments, sender)
        return self._add(read.request("latest"), Answer(read))

    def ask(self, method: str, *parameters: Any) -> Answer:
        """Adds any other request that changes nothing."""
        return self._add((method, parameters), Answer())

    def run(self) -> None:
        """Makes the requests. Raises `NodeUnreachable`, or `NodeRefused` if the node refuses all of them."""
        for start in range(0, len(self._requests), LARGEST):
            piece = self._requests[start : start + LARGEST]
            results = self._node.batch([request for request, _ in piece])
            for (_, answer), result in zip(piece, results, strict=True):
                answer.set(result)

    def _add(self, request: Request, answer: Answer) -> Answer:
        self._requests.append((request, answer))
        return answer
