"""The fleet budget from the command line."""

from __future__ import annotations

import pytest

from peculium import Principal
from peculium.cli.exits import Exit

TERMS = ("--ever", "2000", "--window", "24 hours=500 USD", "--window", "7 days=1000")


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (("--ever", "2000", "--window", "500"), "is no window"),
        (("--ever", "2000", "--window", "often=500"), "is no length of time"),
        (("--ever", "2000 EUR", "--window", "24 hours=500"), 'The amount is in "EUR"'),
        (("--ever", "2000"), "Missing option"),
    ],
)
def test_unclear_terms_are_refused(peculium, profile, terms, said):
    ran = peculium("fleet", "set", "USD", *terms, "--yes")
    assert ran.exit == Exit.USAGE
    assert said in ran.talk


def test_fleet_budget_is_deployed_set_and_shown(peculium, profile, principal, suite):
    assert "There is no fleet budget" in peculium("fleet", "show").out
    asked = peculium("fleet", "set", "USD", *TERMS)
    assert asked.exit == Exit.USAGE
    assert "500 USD in any 24 hours" in asked.talk
    assert "is deployed first" in asked.talk
    ran = peculium("fleet", "set", "USD", *TERMS, "--yes", "--json")
    address = Principal(principal, suite).fleet_budget_address()
    assert ran.json["result"]["address"] == address
    assert f'guard = "{address}"' in ran.json["next"]
    out = peculium("fleet", "show").out
    assert "500 left of 500 USD in any 24 hours" in out
    assert "1000 left of 1000 USD in any 7 days" in out
    assert "2000 left of 2000 USD for ever" in out
