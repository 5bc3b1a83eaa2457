"""`peculium agents` and `peculium show`."""

from __future__ import annotations

import pytest

from peculium import Request
from peculium.cli.exits import Exit


@pytest.fixture(autouse=True)
def _profile(on_chain):
    """Every test has it."""


def test_show_refuses_an_account_that_is_no_wallet(peculium, usdc):
    ran = peculium("show", usdc.address)
    assert ran.exit == Exit.UNREACHABLE
    assert "isn't an agent's wallet" in ran.talk


def test_show_refuses_an_unknown_name_and_says_the_likely_one(peculium):
    ran = peculium("show", "reserch")
    assert ran.exit == Exit.USAGE
    assert "Did you mean research?" in ran.talk


def test_stranger_has_no_agents(peculium, stranger):
    ran = peculium("agents", "--principal", stranger.address)
    assert ran.exit == Exit.OK
    assert "has no agents here" in ran.out


def test_agents_say_what_can_be_taken_and_what_was_paid(peculium, created, usdc, payee):
    created.wallet.pay(created.agent, usdc.address, payee.address, "42.5", "INV-1")
    ran = peculium("agents")
    assert ran.exit == Exit.OK
    row = next(line for line in ran.out.splitlines() if line.startswith("research"))
    for part in ("live", "457.5 USD", "500 USD"):
        assert part in row
    assert "payee" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_agents_for_programs_have_exact_amounts(peculium, created):
    (agent,) = peculium("agents", "--json").json["result"]
    assert agent["wallet"] == created.wallet.address
    assert (agent["state"], agent["worst_cases"][0]["now"]) == ("live", "500")


def test_wallet_without_a_name_is_shown_whole(peculium, created):
    peculium("name", "research", "--remove")
    ran = peculium("agents")
    assert f"is {created.wallet.address}" in ran.out
    assert f"peculium name NAME {created.wallet.address}" in ran.talk


def test_agents_lead_to_the_requests_that_wait(peculium, created, usdc, stranger, now):
    created.wallet.request_payment(created.agent, 0, Request(usdc.address, stranger.address, 350, now() + 60, "hotel"))
    ran = peculium("agents")
    assert "1 request" in ran.out
    assert "peculium requests" in ran.talk


def test_show_explains_the_mandate(peculium, created):
    ran = peculium("show", "research")
    assert ran.exit == Exit.OK
    assert "500 USD of 500 is left in any 24 hours" in ran.out
    assert "It can take at most 500 USD now" in ran.out
    assert "In USD it may pay payee (" in ran.out


def test_show_of_a_revoked_agent_leads_to_the_proof_and_the_money(peculium, created, suite, principal):
    suite.switch.revoke(principal, created.wallet.address)
    ran = peculium("show", "research")
    assert "revoked" in ran.out
    assert "peculium stop-proof research" in ran.talk
