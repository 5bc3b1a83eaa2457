"""Providers that fail between the package and a chain, in the same process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from web3.providers import BaseProvider

SEND = "eth_sendRawTransaction"


class Between(BaseProvider):
    """Passes requests on to a provider. Subclasses fail."""

    def __init__(self, provider: Any) -> None:
        super().__init__()
        self.provider = provider

    def make_request(self, method: str, params: Any) -> Any:
        """Makes a request."""
        return self.provider.make_request(method, params)

    def make_batch_request(self, requests: Sequence[tuple[str, Any]]) -> Any:
        """Makes several requests."""
        return self.provider.make_batch_request(requests)


class Killed(Between):
    """Ends the process at its first transaction: before the node has it, or after that."""

    def __init__(self, provider: Any, *, before: bool, spared: Sequence[str] = ()) -> None:
        """`spared` are signed transactions that pass."""
        super().__init__(provider)
        self.before, self.spared = before, spared
        self.signed = ""
        """The transaction that ended the process."""

    def make_request(self, method: str, params: Any) -> Any:
        """Makes a request. Raises `SystemExit` for a transaction."""
        if method != SEND or params[0] in self.spared:
            return super().make_request(method, params)
        self.signed = params[0]
        if not self.before:
            super().make_request(method, params)
        raise SystemExit


class Flaky(Between):
    """Loses every third request, and every third answer."""

    def __init__(self, provider: Any) -> None:
        super().__init__(provider)
        # The first request is answered: a node that never answered isn't waited for.
        self._count = 2

    def make_request(self, method: str, params: Any) -> Any:
        """Makes a request. Raises `OSError` if it is lost."""
        return self._losing(lambda: super(Flaky, self).make_request(method, params))

    def make_batch_request(self, requests: Sequence[tuple[str, Any]]) -> Any:
        """Makes several requests. Raises `OSError` if they are lost."""
        return self._losing(lambda: super(Flaky, self).make_batch_request(requests))

    def _losing(self, ask: Callable[[], Any]) -> Any:
        self._count += 1
        if self._count % 3 == 1:
            raise ConnectionResetError("the request is lost")
        answer = ask()
        if self._count % 3 == 2:
            raise ConnectionResetError("the answer is lost")
        return answer


class Mining(Between):
    """Mines a block after some requests, on a chain that doesn't mine by itself."""

    def make_batch_request(self, requests: Sequence[tuple[str, Any]]) -> Any:
        """Makes several requests, then mines."""
        answers = super().make_batch_request(requests)
        self.provider.make_request("evm_mine", [])
        return answers


class Answering(Between):
    """Answers some methods itself."""

    def __init__(self, provider: Any, answers: dict[str, Callable[[Any], Any]]) -> None:
        super().__init__(provider)
        self.answers = answers
        self.asked: list[str] = []

    def make_request(self, method: str, params: Any) -> Any:
        """Makes a request, or answers it."""
        self.asked.append(method)
        if method in self.answers:
            return self.answers[method](params)
        return super().make_request(method, params)

    def make_batch_request(self, requests: Sequence[tuple[str, Any]]) -> Any:
        """Makes several requests one by one."""
        return [self.make_request(method, params) for method, params in requests]
