"""Stops from the command line."""

from __future__ import annotations

import pytest

from peculium import Status
from peculium.cli.exits import Exit


@pytest.fixture
def status(bot, suite):
    """The status of the agent."""
    return lambda: suite.registry.check_wallet(bot.wallet.address).status


def test_pause_asks_first(peculium, bot, status):
    ran = peculium("pause", "bot")
    assert ran.exit == Exit.USAGE
    assert "This pauses the agent of bot until you unpause it." in ran.talk
    assert "nothing was sent" in ran.talk
    assert status() is Status.ACTIVE


def test_no_is_an_answer(peculium, bot, status, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda *arguments, **options: False)
    ran = peculium("pause", "bot")
    assert ran.exit == Exit.REFUSED
    assert ran.talk.endswith("Refused: You said no. Nothing was sent.\n")
    assert status() is Status.ACTIVE


def test_pause_of_a_strangers_wallet_is_refused(peculium, bot, status, key_file, stranger):
    ran = peculium("pause", "bot", "--yes", "--key-file", key_file(stranger))
    assert ran.exit == Exit.REFUSED
    assert stranger.address in ran.talk
    assert status() is Status.ACTIVE


def test_pause_and_unpause_are_read_back(peculium, bot, status):
    ran = peculium("pause", "bot", "--yes")
    assert ran.exit == Exit.OK
    assert ran.out.startswith("The agent of bot is paused. Seen on the chain ")
    assert "Next: peculium unpause bot" in ran.talk
    assert status() is Status.PAUSED
    ran = peculium("unpause", "bot", "--yes")
    assert ran.out.startswith("The agent of bot can act again.")
    assert status() is Status.ACTIVE


def test_unpause_says_what_still_stops_the_agent(peculium, bot):
    peculium("pause", "bot", "--yes")
    peculium("pause-all", "--yes")
    ran = peculium("unpause", "bot", "--yes", "--json")
    assert ran.json["result"]["status"] == "paused"
    assert peculium("unpause-all", "--yes", "--json").json["result"]["paused"] is False


def test_unpause_of_a_strangers_wallet_is_refused(peculium, bot, key_file, stranger):
    peculium("pause", "bot", "--yes")
    assert peculium("unpause", "bot", "--yes", "--key-file", key_file(stranger)).exit == Exit.REFUSED


def test_revoke_says_what_it_did_and_what_is_next(peculium, bot, status):
    ran = peculium("revoke", "bot", "--yes", "--json")
    result = ran.json["result"]
    assert (result["wallet"], result["state"]) == (bot.wallet.address, "revoked")
    assert 0 < result["seconds"] < 60
    assert ran.json["next"] == "peculium withdraw bot --all"
    assert status() is Status.REVOKED


def test_unpause_of_a_revoked_agent_is_refused(peculium, bot):
    peculium("revoke", "bot", "--yes")
    assert peculium("unpause", "bot", "--yes").exit == Exit.STOPPED


def test_revoke_all_stops_every_agent(peculium, bot, status, principal):
    # With the wrong account it would stop nobody, so the address is said.
    assert peculium("revoke-all", "--yes").out.startswith(f"All agents of {principal.address} are revoked.")
    assert status() is Status.REVOKED


def test_guardian_pauses_for_the_principal(peculium, bot, status, suite, principal, guardian, key_file):
    file = key_file(guardian)
    assert peculium("pause", "bot", "--yes", "--key-file", file).exit == Exit.REFUSED
    suite.switch.set_guardian(principal, guardian.address)
    ran = peculium("pause", "bot", "--yes", "--key-file", file)
    assert ran.exit == Exit.OK
    assert status() is Status.PAUSED
    revoked = peculium("revoke-all", "--yes", "--key-file", file, "--principal", principal.address)
    assert revoked.exit == Exit.OK
    assert status() is Status.REVOKED


def test_wallet_that_does_not_exist_yet_is_revoked_unchecked(peculium, profile, suite, principal):
    wallet = "0x" + "11" * 20
    assert peculium("revoke", wallet, "--yes").exit == Exit.UNREACHABLE
    assert peculium("revoke", wallet, "--yes", "--unchecked").exit == Exit.OK
    assert suite.switch.read("isRevoked", principal.address, wallet, 0)
