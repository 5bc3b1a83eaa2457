"""`peculium register`, `bind`, `mirror`, and `check` of a canonical agent."""

from __future__ import annotations

import pytest

from peculium import Contract
from peculium.cli.exits import Exit
from peculium.devnet.contracts import create_contract
from verification.canonical import identity_registry


@pytest.fixture
def registry(checkpoint, bot, web3, deployer):
    """A stand-in for the canonical Identity Registry."""
    abi, init_code = identity_registry()
    return create_contract(web3, deployer, abi, init_code, kind=Contract).address


@pytest.fixture
def registered(peculium, registry):
    """An agent of the principal there."""
    ran = peculium("register", "Shop agent", "Buys parts.", "--registry", registry, "--yes", "--json")
    return ran.json["result"]["reference"]


def test_nothing_is_registered_without_a_person_who_agrees(peculium, registry):
    ran = peculium("register", "Shop agent", "Buys parts.", "--registry", registry)
    assert ran.exit == Exit.USAGE
    assert "pass --yes" in ran.talk


def test_devnet_without_a_canonical_registry_says_how_to_name_one(peculium, bot):
    ran = peculium("register", "Shop agent", "Buys parts.", "--yes")
    assert ran.exit in (Exit.USAGE, Exit.UNREACHABLE)
    assert "31337" in ran.talk


def test_unlinked_agent_fails_the_check(peculium, registered, registry):
    ran = peculium("check", registered, "--registry", registry)
    assert ran.exit == Exit.FAILED
    assert "isn't a wallet of this suite. Nothing limits what it does." in ran.out


def test_registers_binds_checks_and_mirrors_a_stop(peculium, registered, registry):
    bound = peculium("bind", registered, "bot", "--registry", registry, "--yes")
    assert bound.exit == Exit.OK, bound.talk
    checked = peculium("check", registered, "--registry", registry, "--json")
    assert (checked.exit, checked.json["result"]["linked"]) == (Exit.OK, True)
    assert peculium("pause", "bot", "--yes").exit == Exit.OK
    assert peculium("mirror", registered, "--registry", registry, "--yes", "--json").json["result"]["active"] is False
    assert peculium("check", registered, "--registry", registry).exit == Exit.FAILED
