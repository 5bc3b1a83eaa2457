"""Tells a web service what a watch has seen, signed so that the service knows who says it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from peculium.chain.text import foreign
from peculium.errors import InvalidInput

HEADER = "X-Peculium-Signature"
"""The header with the signature: `sha256=` and the HMAC-SHA256 (hex) of the body under the secret."""
ATTEMPTS, SECONDS = 5, 5
"""How often a delivery is tried, and how long each try waits for an answer."""
SHORTEST = 16
"""Bytes of a secret at least."""
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Delivery:
    """What came of a message."""

    delivered: bool
    attempts: int
    reason: str = ""
    """Why it wasn't delivered."""


class _NotTaken(Exception):
    """The service didn't take the message; another try may help."""


class Webhook:
    """Posts messages to a URL. The secret is known to both sides."""

    def __init__(self, url: str, secret: bytes, wait: Callable[[RetryCallState], float] | None = None) -> None:
        """`wait` gives the pauses between tries; by default they grow from half a second to eight.

        Raises `InvalidInput` for a URL that isn't https (except on this machine) and for a short secret.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise InvalidInput("The webhook is no URL. Pass one such as https://hooks.example/peculium.")
        if parts.scheme == "http" and parts.hostname not in LOCAL:
            raise InvalidInput(
                f"The webhook at {parts.hostname} isn't https, so others could read the messages. Use https."
            )
        if len(secret) < SHORTEST:
            raise InvalidInput(
                f"The webhook's secret has {len(secret)} bytes. Use a random one of at least {SHORTEST}."
            )
        self._url, self._secret = url, secret
        self._wait = wait or wait_exponential(multiplier=0.5, max=8)
        self.host = parts.hostname
        """The service's host, for messages: the path may be a secret."""

    def send(self, message: Mapping[str, Any]) -> Delivery:
        """Posts a message as JSON, up to `ATTEMPTS` times. An answer of 4xx except 408 and 429 is final."""
        body = json.dumps(message, ensure_ascii=False, sort_keys=True).encode()
        headers = {"Content-Type": "application/json", HEADER: signature_of(body, self._secret)}
        retrying = Retrying(
            retry=retry_if_exception_type(_NotTaken), stop=stop_after_attempt(ATTEMPTS), wait=self._wait, reraise=True
        )
        attempts = 0

        def post() -> str:
            nonlocal attempts
            attempts += 1
            return self._post(body, headers)

        try:
            refused = retrying(post)
        except _NotTaken as error:
            return Delivery(False, attempts, str(error))
        return Delivery(not refused, attempts, refused)

    def _post(self, body: bytes, headers: Mapping[str, str]) -> str:
        # Returns why the service refuses for good; empty if it has taken the message.
        try:
            answer = requests.post(self._url, data=body, headers=headers, timeout=SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            raise _NotTaken(f"no answer from {self.host} ({type(error).__name__})") from None
        if 200 <= answer.status_code < 300:
            return ""
        reason = f"{self.host} answers HTTP {answer.status_code}: {foreign(answer.content.decode(errors='replace'))}"
        if answer.status_code >= 500 or answer.status_code in (408, 429):
            raise _NotTaken(reason)
        return reason


def signature_of(body: bytes, secret: bytes) -> str:
    """Returns the value of `HEADER` for a body. Compare it with `hmac.compare_digest`."""
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
