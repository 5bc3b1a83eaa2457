"""`peculium stop-proof`."""

from __future__ import annotations

import pytest

from peculium import Principal
from peculium.cli.exits import Exit


@pytest.fixture(autouse=True)
def _profile(on_chain):
    """Every test has it."""


def test_live_agent_fails_the_proof(peculium):
    ran = peculium("stop-proof", "research")
    assert ran.exit == Exit.FAILED
    assert "100 " in ran.out
    assert "peculium pause research" in ran.talk


def test_live_agent_without_money_is_not_stopped(peculium, created, principal, usdc, dai, usdt):
    for token in (usdc, dai, usdt):
        if token.balance(created.wallet.address):
            Principal(principal, created.wallet.web3).withdraw_all(created.wallet.address, token.address)
    ran = peculium("stop-proof", "research")
    assert ran.exit == Exit.FAILED
    assert "Nothing gets out at present, but the agent isn't stopped: it is live." in ran.out


def test_revoked_agent_has_zeros_only(peculium, created, suite, principal):
    suite.switch.revoke(principal, created.wallet.address)
    ran = peculium("stop-proof", "research")
    assert ran.exit == Exit.OK
    assert "ways are closed: nothing gets out" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_programs_get_every_way(peculium, created, suite, principal):
    suite.switch.pause(principal, created.wallet.address)
    result = peculium("stop-proof", "research", "--json").json["result"]
    assert result["stopped"]
    assert {each["open"] for each in result["ways"]} == {"0"}
