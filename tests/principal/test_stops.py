"""Stops of a principal, guardians, the heartbeat and orders."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import InvalidInput, OrderKind, Status, errors
from peculium.principal import Principal


@pytest.fixture
def status(suite, created):
    return lambda: suite.registry.check_wallet(created.wallet.address).status


def test_refuses_to_unpause_what_is_revoked(boss, created):
    boss.revoke(created.wallet.address)
    with pytest.raises(errors.AgentIsRevoked):
        boss.unpause(created.wallet.address)


@pytest.mark.parametrize("stop", ["pause", "revoke"])
def test_refuses_to_stop_a_wallet_of_another_principal(suite, stranger, boss, created, stop):
    """The switch takes it for one of the signer's own agents: the stop would be reported, and stop nobody."""
    with pytest.raises(errors.NotPrincipalOrGuardian, match=f"neither the principal {boss.address} nor one of its"):
        getattr(Principal(stranger, suite), stop)(created.wallet.address)


def test_refuses_to_unpause_an_agent_of_another_principal(suite, stranger, boss, created):
    with pytest.raises(errors.NotPrincipal):
        Principal(stranger, suite).unpause(created.wallet.address)


def test_refuses_to_stop_an_address_without_a_wallet(boss):
    with pytest.raises(errors.NoContractHere, match="pass unchecked=True"):
        boss.pause("0x" + "77" * 20)


def test_revokes_an_agent_before_its_wallet_exists(boss, suite, new_mandate, funded):
    key = funded("agent")
    stopped = boss.revoke(boss.wallet_address(key.address), unchecked=True)
    assert stopped.as_dict()["unchecked"]
    assert "wasn't checked" in str(stopped)
    made = boss.create_agent(new_mandate(agent_key=key.address), key, uri="https://agents.example", statement="Mine.")
    assert suite.registry.check_wallet(made.wallet).status is Status.REVOKED


@pytest.fixture
def watcher(people, suite, boss, guardian):
    """A guardian, bound as a principal is."""
    boss.appoint_guardian(guardian.address)
    return people.Principal(guardian, suite)


@pytest.mark.parametrize(("stop", "status_after"), [("pause", Status.PAUSED), ("revoke", Status.REVOKED)])
def test_guardian_stops_one_agent_under_its_principal(watcher, boss, created, status, stop, status_after):
    stopped = getattr(watcher, stop)(created.wallet.address)
    assert (status(), stopped.principal) == (status_after, boss.address)
    assert created.wallet.address in str(stopped)


@pytest.mark.parametrize(("stop", "status_after"), [("pause_all", Status.PAUSED), ("revoke_all", Status.REVOKED)])
def test_guardian_stops_all_agents_of_the_principal_that_it_names(watcher, boss, status, stop, status_after):
    stopped = getattr(watcher, stop)(principal=boss.address)
    assert (status(), stopped.principal) == (status_after, boss.address)
    assert f"All agents of {boss.address}" in str(stopped)


def test_order_of_a_guardian_stops_the_agent(watcher, boss, suite, stranger, created, status):
    order = watcher.sign_order(OrderKind.REVOKE, created.wallet.address)
    assert order.principal == boss.address
    Principal(stranger, suite).submit_order(order)
    assert status() is Status.REVOKED


def test_stop_of_a_stranger_stops_nobody_else(suite, stranger, created, status):
    Principal(stranger, suite).revoke_all()
    assert status() is Status.ACTIVE


def test_refuses_an_order_on_one_agent_that_names_none(boss):
    with pytest.raises(InvalidInput, match="wallet"):
        boss.sign_order(OrderKind.PAUSE)


def test_pauses_and_unpauses_one_agent(boss, created, status):
    stopped = boss.pause(created.wallet.address)
    assert (status(), stopped.kind, stopped.wallet) == (Status.PAUSED, OrderKind.PAUSE, created.wallet.address)
    assert stopped.as_dict()["kind"] == "pause"
    boss.unpause(created.wallet.address)
    assert status() is Status.ACTIVE


def test_pauses_and_unpauses_all(boss, status):
    boss.pause_all()
    assert (status(), boss.state().paused) == (Status.PAUSED, True)
    boss.unpause_all()
    assert status() is Status.ACTIVE


def test_revokes_one_agent_for_good(boss, created, status):
    boss.revoke(created.wallet.address)
    assert status() is Status.REVOKED


def test_revokes_all_in_one_transaction(boss, status):
    stopped = boss.revoke_all()
    assert (status(), stopped.wallet, boss.state().epoch) == (Status.REVOKED, None, 1)


def test_guardian_pauses_and_is_listed_until_it_is_removed(boss, suite, guardian, created, status):
    boss.appoint_guardian(guardian.address)
    assert boss.guardians() == [guardian.address]
    suite.switch.pause(guardian, created.wallet.address, principal=boss.address)
    assert status() is Status.PAUSED
    boss.remove_guardian(guardian.address)
    assert boss.guardians() == []


def test_missed_heartbeat_stops_until_the_next_check_in(boss, status, time_travel):
    boss.set_heartbeat(timedelta(days=1))
    time_travel(86_401)
    assert status() is Status.DORMANT
    boss.check_in()
    assert status() is Status.ACTIVE


def test_anybody_submits_an_order(boss, suite, stranger, created, status):
    order = boss.sign_order(OrderKind.REVOKE, created.wallet.address)
    stopped = Principal(stranger, suite).submit_order(order)
    assert (status(), stopped.wallet) == (Status.REVOKED, created.wallet.address)


def test_canceled_order_is_void(boss, suite, stranger, status):
    order = boss.sign_order(OrderKind.REVOKE_ALL, nonce=7)
    boss.cancel_order(7)
    with pytest.raises(errors.OrderSpent):
        Principal(stranger, suite).submit_order(order)
    assert status() is Status.ACTIVE
