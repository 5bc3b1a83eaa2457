"""Messages to a web service."""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from peculium import InvalidInput
from peculium.watching.webhook import ATTEMPTS, HEADER, Webhook

SECRET = b"a secret of thirty-two bytes, yes"


@contextmanager
def service(*statuses):
    """A service that answers with these codes, then with 200. Yields its URL and what it got."""
    got, left = [], list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.headers[HEADER], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(left.pop(0) if left else 200)
            self.end_headers()
            self.wfile.write("no\u202e".encode())

        def log_message(self, *arguments):
            """Prints nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def webhook(url):
    return Webhook(url, SECRET, wait=lambda state: 0)


@pytest.mark.parametrize("url", ["hooks.example", "ftp://hooks.example", "http://hooks.example/x", "https://"])
def test_refuses_a_url_that_others_could_read_along(url):
    with pytest.raises(InvalidInput, match="https"):
        Webhook(url, SECRET)


def test_refuses_a_short_secret():
    with pytest.raises(InvalidInput, match="16"):
        Webhook("https://hooks.example", b"short")


def test_gives_up_after_some_attempts_and_says_why():
    with service(*[500] * 9) as (url, got):
        delivery = webhook(url).send({"kind": "breach"})
    assert (delivery.delivered, delivery.attempts, len(got)) == (False, ATTEMPTS, ATTEMPTS)
    assert delivery.reason == "127.0.0.1 answers HTTP 500: no"


def test_refusal_for_good_is_not_repeated():
    with service(401) as (url, got):
        delivery = webhook(url).send({"kind": "breach"})
    assert (delivery.delivered, len(got)) == (False, 1)


def test_redirect_is_not_followed():
    with service(302) as (url, got):
        assert not webhook(url).send({}).delivered
    assert len(got) == 1


def test_nobody_there_is_no_exception():
    delivery = webhook("http://127.0.0.1:9/hook").send({})
    assert (delivery.delivered, delivery.attempts) == (False, ATTEMPTS)
    assert "hook" not in delivery.reason


def test_body_is_signed():
    with service() as (url, got):
        assert webhook(url).send({"kind": "breach", "text": "ä"}).delivered
    ((signature, body),) = got
    assert json.loads(body) == {"kind": "breach", "text": "ä"}
    assert signature == "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()


def test_busy_service_gets_the_same_message_again():
    with service(503, 429) as (url, got):
        delivery = webhook(url).send({"id": 1})
    assert (delivery.delivered, delivery.attempts) == (True, 3)
    assert len(set(got)) == 1
