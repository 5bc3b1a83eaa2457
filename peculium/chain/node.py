"""The node: the only place of the package that makes RPC requests.

Requests that read are repeated with back-off while the node is busy or doesn't answer. Other exceptions than those of this
package never leave this module. It uses the provider itself, because web3's middleware rejects block headers of some chains.
"""

from __future__ import annotations

import copy
import json
import re
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

from requests.exceptions import HTTPError, JSONDecodeError, RequestException, Timeout
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential, wait_random
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3Exception

from peculium.chain.options import SendOptions
from peculium.chain.text import foreign
from peculium.errors import ChainUnavailable, NodeRefused, NodeUnreachable, WrongChain

Request = tuple[str, Sequence[Any]]
"""A method and its parameters."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 3.0
"""Seconds between two attempts of a request, at first and at most."""

_PASSES = re.compile(
    r"rate.?limit|too many requests|request limit|limit exceeded for|compute units|throttl|capacity|overload|"
    r"\bbusy\b|temporar|try again|unavailable|bad gateway|gateway time|request timed out|header not found|"
    r"unknown block|block not found",
    re.IGNORECASE,
)
"""Words of errors that pass: rate limits, overload, and a node that is behind the others of its provider."""
_LOGS_TOO_MANY = re.compile(r"range|results|logs|response size", re.IGNORECASE)
"""Words of errors that mention a limit, but not that of a rate: see `peculium.chain.logs`."""

_LOCK = threading.Lock()
_ATTRIBUTE: Final = "_peculium_node"


class Node:
    """A node, reached through the provider of a `Web3`, and what was learned about it."""

    def __init__(self, provider: Any, kind: str = "node") -> None:
        self.kind = kind
        """What messages call it: the node, or a bundler."""
        self._provider = _without_retries(provider)
        self.has_answered = False
        self._batches: bool | None = None
        """Whether the node takes batches; None if it was never asked."""
        self._chain: tuple[int, str] | None = None
        self.options = SendOptions()
        self.log_span: int | None = None
        """Number of blocks that one `eth_getLogs` can search; None if no limit was met."""
        self.block_seconds: float | None = None
        """Measured time between two blocks."""
        self.created_at: dict[str, int] = {}
        """Blocks of creation that were searched for, by address."""

    @classmethod
    def of(cls, web3: Web3) -> Node:
        """Returns the node of a connection; always the same object for the same provider."""
        provider = web3.provider
        with _LOCK:
            found = vars(provider).get(_ATTRIBUTE)
            if not isinstance(found, cls):
                found = cls(provider)
                setattr(provider, _ATTRIBUTE, found)
            return found

    # Requests

    def request(self, method: str, *parameters: Any, patience: float | None = None) -> Any:
        """Makes a request that changes nothing, and returns its result. Repeats it for up to `patience` seconds.

        Raises `NodeRefused` or `NodeUnreachable`.
        """
        return self._patiently(lambda: self.attempt(method, *parameters), patience)

    def attempt(self, method: str, *parameters: Any) -> Any:
        """As `request`, but once: for requests that may have an effect."""
        return _result(self._answer(lambda: self._provider.make_request(method, list(parameters))))

    def batch(self, requests: Sequence[Request], patience: float | None = None) -> list[Any]:
        """Makes several requests in one round trip if the node takes batches, and returns their results in order.

        In place of a result can be a `NodeRefused`. Raises `NodeUnreachable` if there is no answer, and `NodeRefused` if all
        of it is refused.
        """
        if not requests:
            return []
        if len(requests) == 1:
            return [self._one(requests[0], patience)]
        if self._batches is not False:
            found: list[Any] | None = self._patiently(lambda: self._attempt_batch(requests), patience)
            if found is not None:
                return found
        return [self._one(each, patience) for each in requests]

    def _one(self, request: Request, patience: float | None) -> Any:
        try:
            return self.request(request[0], *request[1], patience=patience)
        except NodeRefused as refused:
            if refused.transient:
                raise
            return refused

    def _attempt_batch(self, requests: Sequence[Request]) -> list[Any] | None:
        # None if the node takes no batches.
        try:
            answers = self._answer(
                lambda: self._provider.make_batch_request([(name, list(given)) for name, given in requests])
            )
        except NotImplementedError:
            answers = None
        except (NodeRefused, NodeUnreachable) as error:
            if self._batches or getattr(error, "transient", False) or not self.has_answered:
                raise
            # Some gateways answer to a batch with an error of HTTP. Ask one by one this time.
            return None
        if not isinstance(answers, list) or len(answers) != len(requests):
            if isinstance(answers, dict):
                _raise_if_transient(answers)
            self._batches = False
            return None
        self._batches = True
        found = []
        for answer in answers:
            try:
                found.append(_result(answer))
            except NodeRefused as refused:
                if refused.transient:
                    raise
                found.append(refused)
        return found

    def _patiently(self, attempt: Any, patience: float | None) -> Any:
        retrying = Retrying(
            retry=retry_if_exception(self._passes),
            wait=wait_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE) + wait_random(0, FIRST_PAUSE),
            stop=stop_after_delay(self.options.patience if patience is None else patience),
            sleep=self.sleep,
            reraise=True,
        )
        return retrying(attempt)

    def _passes(self, error: BaseException) -> bool:
        # A wrong URL is reported at once: only a node that has answered before is waited for.
        return getattr(error, "transient", False) or (isinstance(error, NodeUnreachable) and self.has_answered)

    def _answer(self, ask: Any) -> Any:
        try:
            answer = ask()
        except HTTPError as error:
            answer = self._of_http(error)
        except NotImplementedError:
            raise
        except (RequestException, OSError, ValueError, Web3Exception) as error:
            # ValueError: the answer isn't JSON, for example an HTML page.
            raise NodeUnreachable(
                f"No answer from {self.url}: {_why(error)}. Is the {self.kind} running? Check the URL, or try again later."
            ) from error
        self.has_answered = True
        return answer

    def _of_http(self, error: HTTPError) -> Any:
        status = error.response.status_code
        body = foreign(error.response.text)
        if status == 429:
            raise NodeRefused(
                f"{self.url} refuses further requests for now (HTTP 429: {body}). Wait, or use another node.",
                status,
                body,
                transient=True,
            ) from error
        if status >= 500:
            raise NodeUnreachable(f"No answer from {self.url}: HTTP {status} {body}. Try again later.") from error
        try:
            answer = json.loads(error.response.text)
        except ValueError:
            answer = None
        if isinstance(answer, list) or (isinstance(answer, dict) and isinstance(answer.get("error"), dict)):
            return answer
        raise NodeRefused(
            f"{self.url} answers HTTP {status}: {body}. Check the URL and its key.", status, body
        ) from error

    # What is known about the node

    @property
    def url(self) -> str:
        """The node's address without the path, which may hold a key."""
        found = str(getattr(self._provider, "endpoint_uri", None) or getattr(self._provider, "ipc_path", "the node"))
        return re.sub(r"^(\w+://)(?:[^/@]*@)?([^/]+).*", r"\1\2", found)

    def chain_id(self) -> int:
        """Returns the chain id. It is read once."""
        return self.chain()[0]

    def chain(self) -> tuple[int, str]:
        """Returns chain id and hash of the first block, which tell chains apart. They are read once."""
        if self._chain is None:
            chain_id, first = self.batch([("eth_chainId", ()), ("eth_getBlockByNumber", ("0x0", False))])
            if isinstance(chain_id, NodeRefused):
                raise chain_id
            first_hash = str(first.get("hash")) if isinstance(first, dict) else ""
            self._chain = int(chain_id, 16), first_hash
        return self._chain

    def block_number(self) -> int:
        """Returns the number of the latest block."""
        return int(self.request("eth_blockNumber"), 16)

    def timestamp(self) -> int:
        """Returns the time of the latest block (unix seconds)."""
        return int(self.request("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def code(self, address: str) -> bytes:
        """Returns the code at an address."""
        return bytes.fromhex(str(self.request("eth_getCode", address, "latest"))[2:])

    def codes(self, addresses: Sequence[str]) -> dict[str, bytes]:
        """Returns the code at each of these addresses, in one round trip."""
        answers = self.batch([("eth_getCode", (address, "latest")) for address in addresses])
        for answer in answers:
            if isinstance(answer, NodeRefused):
                raise answer
        return {address: bytes.fromhex(code[2:]) for address, code in zip(addresses, answers, strict=True)}

    def check_chain(self, chain_id: int) -> None:
        """Raises `WrongChain` if the node serves another chain than before, as a provider with mixed nodes does."""
        known = self.chain_id()
        if chain_id != known:
            raise WrongChain(
                f"{self.url} serves chain {chain_id}, and has served chain {known} before. Nothing was sent. Use another node."
            )

    def forget(self) -> None:
        """Forgets what was learned about the chain, for chains that are reset, such as a devnet."""
        self._chain, self.block_seconds, self.log_span = None, None, None
        self.created_at.clear()

    @staticmethod
    def sleep(seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)

    @staticmethod
    def clock() -> float:
        """Returns seconds of a clock that never goes back."""
        return time.monotonic()


def _why(error: Exception) -> str:
    # What libraries say about connections names their own classes and attempts.
    if isinstance(error, Timeout):
        return "it took too long"
    if isinstance(error, JSONDecodeError) or not isinstance(error, RequestException | OSError):
        body = re.match("Could not decode (.+) because of", str(error), re.DOTALL)
        return f"it answers something else than JSON: {foreign(body[1] if body else error)}"
    found = re.search(r"\[Errno -?\d+\] ([\w ]+)", str(error))
    return found[1].lower() if found else foreign(error) or type(error).__name__


def _without_retries(provider: Any) -> Any:
    # web3 would repeat requests on its own, so the times in `SendOptions` would be exceeded. The caller's object stays as
    # it is; the copy shares its connections.
    if not isinstance(provider, HTTPProvider):
        return provider
    own = copy.copy(provider)
    own.exception_retry_configuration = None  # type: ignore[assignment]
    own.cache_allowed_requests = False
    return own


def _result(answer: Any) -> Any:
    if isinstance(answer, dict) and answer.get("error") is None and "result" in answer:
        return answer["result"]
    raise _refusal(answer)


def _raise_if_transient(answer: Any) -> None:
    refused = _refusal(answer)
    if refused.transient:
        raise refused


def _refusal(answer: Any) -> NodeRefused:
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        error = {"message": error or "an answer without a result"}
    reason = foreign(error.get("message") or error)
    code = error.get("code")
    transient = bool(_PASSES.search(reason)) and not _LOGS_TOO_MANY.search(reason)
    return NodeRefused(
        f"The node rejects the request: {reason.rstrip('.')}.",
        code if isinstance(code, int) else 0,
        reason,
        error.get("data"),
        transient=transient,
    )


def refused(answer: Any) -> bool:
    """Whether an entry of a batch is a refusal."""
    return isinstance(answer, ChainUnavailable)
