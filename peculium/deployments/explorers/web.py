"""Requests to a service on the web that may be slow, busy or broken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from peculium.errors import PeculiumError, quote

LONGEST_ANSWER = 8_000_000
"""Bytes of an answer that are read at most."""
LONGEST_WAIT = 60.0
"""Seconds to wait at most when a service says when to come back."""
_SAME_REQUEST = "duplicate_verification_request"
"""Why Sourcify answers 429 if somebody has just made the same request: to wait with another one doesn't help."""
_BUSY = (408, 425, 429, 500, 502, 503, 504)


class NoAnswer(PeculiumError):
    """A service gave no answer that can be understood. Whether it got the request is unknown."""

    retryable = True


@dataclass(frozen=True)
class Answer:
    """What a service says."""

    status: int
    """HTTP status."""
    content: dict[str, Any]

    def text(self, key: str) -> str:
        """Returns a value if it is a text, otherwise an empty one."""
        value = self.content.get(key)
        return value if isinstance(value, str) else ""

    def table(self, key: str) -> dict[str, Any]:
        """Returns a value if it is an object, otherwise an empty one."""
        value = self.content.get(key)
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Web:
    """A service. Every method raises `NoAnswer` if the service stays busy, can't be reached or doesn't answer with JSON."""

    name: str
    base: str
    """URL without a slash at the end."""
    secret: str = ""
    """A key in the requests, which no message may contain."""
    timeout: float = 30.0
    """Seconds for one request and its answer."""
    attempts: int = 4
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Returns the answer to a GET request."""
        return self._answer("GET", path, params=query)

    def post(
        self, path: str, query: Mapping[str, str] | None = None, *, content: Any = None, form: Any = None
    ) -> Answer:
        """Returns the answer to a POST request with a JSON value or a form. A busy service gets it again."""
        return self._answer("POST", path, params=query, json=content, data=form)

    def words(self, text: str) -> str:
        """Returns the service's words for a message, without the key, which some services repeat."""
        return quote(text.replace(self.secret, "…") if self.secret else text)

    def _answer(self, method: str, path: str, **arguments: Any) -> Answer:
        pause = 1.0
        for attempt in range(1, self.attempts + 1):
            try:
                status, body, wait = self._ask(method, path, arguments)
            except (requests.RequestException, TimeoutError) as error:
                # The text of the error can have the URL, and so the key.
                why, wait = f"{self.name} can't be reached ({type(error).__name__})", 0.0
            else:
                content = _json(body)
                if content is not None and (status not in _BUSY or content.get("customCode") == _SAME_REQUEST):
                    return Answer(status, content)
                why = f"{self.name} answers {status} {self.words(body.decode(errors='replace'))}"
                if status not in _BUSY:
                    break
            if attempt < self.attempts:
                self.sleep(min(max(pause, wait), LONGEST_WAIT))
                pause *= 2
        raise NoAnswer(f"{why}. Whether it has got the request is unknown. Try again later.")

    def _ask(self, method: str, path: str, arguments: dict[str, Any]) -> tuple[int, bytes, float]:
        # Redirects aren't followed: the key and the sources are for this service.
        end = self.clock() + self.timeout
        with requests.request(
            method, self.base + path, timeout=self.timeout, allow_redirects=False, stream=True, **arguments
        ) as response:
            body = b""
            for chunk in response.iter_content(65_536):
                body += chunk
                if len(body) > LONGEST_ANSWER or self.clock() > end:
                    raise TimeoutError
            return response.status_code, body, _seconds(response.headers.get("Retry-After", ""))


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else 0.0
