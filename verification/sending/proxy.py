"""An HTTP proxy before a node, which counts requests, delays them and changes what is answered."""

from __future__ import annotations

import json
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from web3 import HTTPProvider, Web3

Forward = Callable[[], dict[str, Any]]
"""Passes one call on to the node and returns its answer."""
Hook = Callable[[str, list[Any], Forward], dict[str, Any]]
"""Gets method and parameters of one call, and returns the answer: a dictionary with `result` or `error`."""
REQUEST_SECONDS = 60


class HttpFault(Exception):
    """Answers the request of HTTP with this status in place of the node's answer."""

    def __init__(self, status: int, body: str = "<html><body>no answer</body></html>") -> None:
        super().__init__(status)
        self.status, self.body = status, body.encode()


class Dropped(Exception):
    """Closes the connection without an answer."""


def pass_on(method: str, parameters: list[Any], forward: Forward) -> dict[str, Any]:
    """The hook that changes nothing."""
    return forward()


class Proxy:
    """The proxy; it runs until the `with` block ends."""

    def __init__(self, upstream: str, latency: float = 0, takes_batches: bool = True) -> None:
        self.upstream, self.latency, self.takes_batches = upstream, latency, takes_batches
        self.hook: Hook = pass_on
        self.trips: list[list[str]] = []
        """The methods of each request of HTTP."""
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The proxy's address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def connect(self, timeout: float = REQUEST_SECONDS) -> Web3:
        """Returns a new connection through the proxy. `timeout` is that of one request (seconds)."""
        return Web3(HTTPProvider(self.url, request_kwargs={"timeout": timeout}))

    def answer(self, body: bytes) -> bytes:
        """Returns the answer to a request. Raises `HttpFault` or `Dropped`."""
        content = json.loads(body)
        calls = content if isinstance(content, list) else [content]
        self.trips.append([call["method"] for call in calls])
        time.sleep(self.latency)
        if isinstance(content, list) and not self.takes_batches:
            error = {"code": -32600, "message": "batches are not supported"}
            return json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
        answers = [self._answer_call(call) for call in calls]
        return json.dumps(answers if isinstance(content, list) else answers[0]).encode()

    def _answer_call(self, call: dict[str, Any]) -> dict[str, Any]:
        found = self.hook(call["method"], call.get("params", []), lambda: self.forward(call))
        kept = {name: value for name, value in found.items() if name in ("result", "error")}
        return {"jsonrpc": "2.0", "id": call["id"], **kept}

    def forward(self, call: dict[str, Any]) -> dict[str, Any]:
        """Returns the node's answer to one call."""
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.upstream, json.dumps(call).encode(), headers)
        with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as response:
            found: dict[str, Any] = json.loads(response.read())
        return found


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints what went wrong, unless the client was killed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are written one after the other; the second would wait 40 ms for the first to be acknowledged.
        disable_nagle_algorithm = True

        def log_message(self, format: str, *arguments: Any) -> None:
            """Prints nothing."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            try:
                status, answer = 200, proxy.answer(body)
            except HttpFault as fault:
                status, answer = fault.status, fault.body
            except Dropped:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            try:
                self.end_headers()
                self.wfile.write(answer)
            except (BrokenPipeError, ConnectionResetError):
                # The client has given up.
                self.close_connection = True

    return Handler
