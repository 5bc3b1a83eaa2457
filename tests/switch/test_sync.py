"""`sync` and `isStopped`: copies a stop of all agents into the storage that ERC-4337 validation can read."""

from datetime import timedelta

import pytest

from verification.testing.durations import DAY


@pytest.fixture
def stopped(switch, created, principal):
    """Reads `isStopped` as validation does: only the wallet's own stop word."""
    return lambda: switch.read("isStopped", principal.address, created.wallet.address)


def test_reverts_for_an_address_that_is_not_a_wallet(switch, stranger, usdc):
    for address in (stranger.address, usdc.address):
        with pytest.raises(Exception, match=r"."):
            switch.sync(stranger, address)


def test_stop_of_all_agents_takes_effect_only_after_sync(switch, principal, stopped):
    """For this reason, a wallet calls `requireLive` at execution."""
    switch.pause_all(principal)
    switch.revoke_all(principal)
    assert not stopped()


def test_stop_of_the_agent_takes_effect_without_sync(switch, created, principal, stopped):
    switch.pause(principal, created.wallet.address)
    assert stopped()
    switch.unpause(principal, created.wallet.address)
    assert not stopped()
    switch.revoke(principal, created.wallet.address)
    assert stopped()


def test_anyone_can_sync_an_ended_epoch_permanently(switch, created, principal, stranger, stopped):
    """I11."""
    switch.revoke_all(principal)
    event = switch.sync(stranger, created.wallet.address).event("AgentRevoked")
    assert event.arguments == {
        "principal": principal.address,
        "wallet": created.wallet.address,
        "by": stranger.address,
    }
    assert stopped()


def test_anyone_can_sync_a_pause_of_all_and_its_end(switch, created, principal, stranger, stopped):
    switch.pause_all(principal)
    for held in (True, False):
        event = switch.sync(stranger, created.wallet.address).event("HoldSynced")
        assert event.arguments == {"principal": principal.address, "wallet": created.wallet.address, "held": held}
        assert stopped() is held
        switch.unpause_all(principal)


def test_anyone_can_sync_dormancy_and_its_end(switch, created, principal, stranger, stopped, time_travel):
    switch.set_heartbeat(principal, timedelta(days=1))
    time_travel(seconds=2 * DAY)
    switch.sync(stranger, created.wallet.address)
    assert stopped()
    switch.check_in(principal)
    switch.sync(stranger, created.wallet.address)
    assert not stopped()


@pytest.mark.parametrize(("offset", "held"), [(-1, False), (0, True), (1, True)])
def test_dormancy_can_be_synced_from_the_last_second_of_the_interval(
    switch, created, principal, stranger, stopped, time_travel, now, offset, held
):
    """I21."""
    switch.set_heartbeat(principal, timedelta(days=1))
    time_travel(next_at=now() + DAY + offset)
    switch.send(stranger, "sync", created.wallet.address, gas=200_000)
    assert stopped() is held


def test_wallet_with_a_future_epoch_is_revoked(switch, deploy, principal, stranger):
    """Wallets of the suite cannot have a future epoch. Another contract that returns one is revoked."""
    look_alike = deploy("LookAlikeWallet")
    look_alike.send(stranger, "claim", principal.address, bytes(32), 1)
    event = switch.sync(stranger, look_alike.address).event("AgentRevoked")
    assert event.arguments["wallet"] == look_alike.address
    assert switch.read("isStopped", principal.address, look_alike.address)


def test_changes_nothing_without_a_stop(switch, created, stranger, pays):
    assert switch.sync(stranger, created.wallet.address).events == ()
    pays(created)


def test_agent_pays_after_the_pause_without_another_sync(switch, created, principal, stranger, pays):
    """Only validation reads the copy. Execution reads the principal's own state."""
    switch.pause_all(principal)
    switch.sync(stranger, created.wallet.address)
    switch.unpause_all(principal)
    pays(created)
