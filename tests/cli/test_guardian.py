"""Guardians and the heartbeat from the command line."""

from __future__ import annotations

import pytest

from peculium import Status
from peculium.cli.exits import Exit


def test_guardian_is_appointed_listed_and_removed(peculium, profile, guardian):
    assert peculium("guardian", "list").out == "There is no guardian.\n"
    assert "It can't unpause, pay or withdraw." in peculium("guardian", "appoint", "guardian").talk
    ran = peculium("guardian", "appoint", "guardian", "--yes", "--json")
    assert (ran.json["result"]["guardian"], ran.json["result"]["appointed"]) == (guardian.address, True)
    assert peculium("guardian", "list").out == f"{guardian.address}  guardian\n"
    assert peculium("guardian", "remove", "guardian", "--yes").out.startswith("guardian is no longer a guardian.")
    assert peculium("guardian", "list", "--json").json["result"] == []


@pytest.mark.parametrize("interval", ["often", "7", "1.5 days"])
def test_interval_without_a_unit_is_refused(peculium, profile, interval):
    ran = peculium("heartbeat", "set", interval, "--yes")
    assert ran.exit == Exit.USAGE
    assert "is no length of time" in ran.talk


def test_interval_that_is_too_short_is_refused(peculium, profile):
    assert peculium("heartbeat", "set", "1 hour", "--yes").exit == Exit.REFUSED


def test_missed_check_in_is_shown_and_made_up_for(peculium, bot, suite, time_travel):
    assert peculium("heartbeat", "show").out == "No heartbeat is required.\n"
    ran = peculium("heartbeat", "set", "2 days", "--yes")
    assert ran.out.startswith("A check-in is required every 2 days; the next one by ")
    time_travel(3 * 86_400)
    shown = peculium("heartbeat", "show", "--json")
    assert (shown.json["result"]["missed"], shown.json["next"]) == (True, "peculium heartbeat check-in")
    assert suite.registry.check_wallet(bot.wallet.address).status is Status.DORMANT
    assert peculium("heartbeat", "check-in", "--yes", "--json").json["result"]["missed"] is False
    assert suite.registry.check_wallet(bot.wallet.address).status is Status.ACTIVE
    assert peculium("heartbeat", "set", "off", "--yes").out.startswith("No heartbeat is required.")
