"""Requests and decisions from the command line."""

from __future__ import annotations

import pytest

from peculium import CallRequest
from peculium.cli.exits import Exit


def test_nothing_waits(peculium, bot):
    ran = peculium("requests")
    assert (ran.exit, ran.out) == (Exit.OK, "Nothing waits for your decision.\n")


def test_requests_say_who_and_how_far_beyond_the_limits(peculium, bot, ask, stranger):
    ask(amount=150)
    out = peculium("requests").out
    assert f'bot, slot 0: pay 150 USDC to {stranger.address} for "INV-42"' in out
    assert "without a name in your profile, not listed in the mandate, never paid by this wallet" in out
    assert "50 USD beyond the limit of one payment (100 USD)." in out
    assert "without your approval: " in out


def test_requests_know_the_history_of_a_payee(peculium, bot, ask, payee, usdc):
    bot.wallet.pay(bot.agent, usdc.address, payee.address, 60)
    bot.wallet.pay(bot.agent, usdc.address, payee.address, 40)
    ask(amount=450, payee=payee.address)
    (found,) = peculium("requests", "bot", "--json").json["result"]
    assert (found["payee_name"], found["listed"], found["paid_before"]) == ("payee", True, 2)
    assert found["history"].startswith("paid 2 times by this wallet, 100 USDC in all, last on ")
    assert found["beyond"] == [
        "350 USD beyond the limit of one payment (100 USD).",
        "50 USD beyond what is left in any 24 hours (400 USD).",
    ]


def test_requested_call_is_decoded(peculium, bot, deploy, stranger, now):
    shares = deploy("MockStablecoin", "Shares", "SHR", 18)
    data = shares.call_data("transfer", stranger.address, 5 * 10**18)
    bot.wallet.request_call(bot.agent, 1, CallRequest(shares.address, data, now() + 3_600))
    bot.wallet.request_call(bot.agent, 2, CallRequest(shares.address, "0x12345678" + "ab" * 32, now() + 3_600))
    known, unknown = peculium("requests", "bot", "--json").json["result"]
    assert known["asks"] == f"call {shares.address}"
    assert known["call"][0].startswith("ERC20.transfer: ")
    assert stranger.address in known["call"][0]
    assert unknown["call"][-1] == "The data: 0x12345678" + "ab" * 32


def test_approve_of_an_empty_slot_is_refused(peculium, bot, ask):
    ask(slot=1)
    ran = peculium("approve", "bot", 0, "--yes")
    assert ran.exit == Exit.USAGE
    assert "No request waits in slot 0. Slots with a request: 1." in ran.talk


def test_approve_pays_at_once(peculium, bot, ask, usdc, stranger):
    ask(amount=150)
    assert peculium("approve", "bot", 0).exit == Exit.USAGE
    assert usdc.balance(stranger.address) == 0
    ran = peculium("approve", "bot", 0, "--yes")
    assert ran.out.startswith("Approved and done: pay 150 USDC to ")
    assert usdc.balance(stranger.address) == 150


def test_approve_of_a_stopped_agent_says_so(peculium, bot, ask):
    ask()
    peculium("pause", "bot", "--yes")
    assert peculium("approve", "bot", 0, "--yes").exit == Exit.STOPPED


def test_refuse_frees_the_slot(peculium, bot, ask, usdc, stranger):
    ask()
    assert peculium("refuse", "bot", "--yes").exit == Exit.USAGE
    assert peculium("refuse", "bot", 0, "--yes").out.startswith("Refused: pay 7 USDC to ")
    assert bot.wallet.pending_requests() == []
    assert usdc.balance(stranger.address) == 0


def test_refuse_all_ends_the_round(peculium, bot, ask):
    ask(slot=0)
    ask(slot=2)
    ran = peculium("refuse", "bot", "--all", "--yes", "--json")
    assert ran.json["result"]["refused"] == 2
    assert bot.wallet.pending_requests() == []


@pytest.mark.parametrize("command", [("requests", "bot"), ("approve", "bot", 0, "--yes")])
def test_strangers_wallet_is_refused(peculium, bot, ask, key_file, stranger, monkeypatch, command):
    monkeypatch.setenv("PECULIUM_KEY", "0x" + stranger.key.hex().removeprefix("0x"))
    ran = peculium(*command)
    assert ran.exit == Exit.REFUSED
    assert bot.principal.address in ran.talk
