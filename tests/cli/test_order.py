"""Orders from the command line: signed, kept, submitted by anybody."""

from __future__ import annotations

import json

import pytest

from peculium import Status
from peculium.cli.exits import Exit


@pytest.fixture
def order(peculium, bot, tmp_path):
    """Signs an order and returns its file."""

    def sign(*arguments):
        path = tmp_path / "order.json"
        assert peculium("order", "sign", *arguments, "--file", path).exit == Exit.OK
        return path

    return sign


@pytest.fixture
def status(bot, suite):
    """The status of the agent."""
    return lambda: suite.registry.check_wallet(bot.wallet.address).status


@pytest.mark.parametrize("arguments", [("pause",), ("revoke-all", "bot"), ("pause", "payee")])
def test_order_that_would_stop_nobody_is_not_signed(peculium, bot, arguments):
    assert peculium("order", "sign", *arguments).exit in (Exit.USAGE, Exit.UNREACHABLE)


@pytest.mark.parametrize(
    "change", [{"chain_id": 1}, {"switch": "0x" + "11" * 20}, {"order": "stop"}, {"signature": None}]
)
def test_order_for_another_chain_or_damaged_is_refused(peculium, bot, order, status, change):
    path = order("pause", "bot")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    ran = peculium("order", "submit", path, "--yes")
    assert ran.exit == Exit.USAGE
    assert status() is Status.ACTIVE


@pytest.mark.parametrize(("arguments", "after"), [(("pause", "bot"), Status.PAUSED), (("revoke-all",), Status.REVOKED)])
def test_stranger_submits_an_order(peculium, order, status, key_file, stranger, arguments, after):
    path = order(*arguments)
    ran = peculium("order", "submit", path, "--yes", "--key-file", key_file(stranger))
    assert ran.exit == Exit.OK
    assert "is in effect. Seen on the chain " in ran.out
    assert status() is after


def test_canceled_order_is_void(peculium, order, status):
    path = order("pause", "bot", "--nonce", 5)
    assert peculium("order", "cancel", 5, "--yes").exit == Exit.OK
    assert peculium("order", "submit", path, "--yes").exit == Exit.REFUSED
    assert status() is Status.ACTIVE


def test_order_goes_to_standard_output_without_a_file(peculium, bot):
    ran = peculium("order", "sign", "pause-all")
    assert json.loads(ran.out)["order"] == "pause-all"
    assert "The order pauses all agents of " in ran.talk
