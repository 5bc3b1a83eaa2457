"""`sync` and `isStopped`: a stop of all agents, copied to where ERC-4337 validation can read it."""

from datetime import timedelta

import pytest

from verification.testing.durations import DAY


@pytest.fixture
def stopped(switch, created, principal):
    """What validation reads: the wallet's own stop word and nothing else."""
    return lambda: switch.read("isStopped", principal.address, created.wallet.address)


def test_reverts_for_an_address_that_is_no_wallet(switch, stranger, usdc):
    for address in (stranger.address, usdc.address):
        with pytest.raises(Exception, match=r"."):
            switch.sync(stranger, address)


def test_stop_of_all_agents_takes_effect_only_after_sync(switch, principal, stopped):
    """Which is why a wallet asks `requireLive` as well when it executes."""
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


def test_anyone_syncs_an_ended_epoch_permanently(switch, created, principal, stranger, stopped):
    """I11."""
    switch.revoke_all(principal)
    event = switch.sync(stranger, created.wallet.address).event("AgentRevoked")
    assert event.arguments == {
        "principal": principal.address,
        "wallet": created.wallet.address,
        "by": stranger.address,
    }
    assert stopped()


def test_anyone_syncs_a_pause_of_all_and_its_end(switch, created, principal, stranger, stopped):
    switch.pause_all(principal)
    for held in (True, False):
        event = switch.sync(stranger, created.wallet.address).event("HoldSynced")
        assert event.arguments == {"principal": principal.address, "wallet": created.wallet.address, "held": held}
        assert stopped() is held
        switch.unpause_all(principal)


def test_anyone_syncs_dormancy_and_its_end(switch, created, principal, stranger, stopped, time_travel):
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
    """No wallet of ours can; another contract's word is its own affair, and ends it."""
    claimant = deploy("LookAlikeWallet")
    claimant.send(stranger, "claim", principal.address, bytes(32), 1)
    event = switch.sync(stranger, claimant.address).event("AgentRevoked")
    assert event.arguments["wallet"] == claimant.address
    assert switch.read("isStopped", principal.address, claimant.address)


def test_without_a_stop_it_changes_nothing(switch, created, stranger, pays):
    assert switch.sync(stranger, created.wallet.address).events == ()
    pays(created)


def test_synced_agent_pays_again_after_the_stop(switch, created, principal, stranger, pays):
    """The copy is for validation only: execution asks the principal's own word."""
    switch.pause_all(principal)
    switch.sync(stranger, created.wallet.address)
    switch.unpause_all(principal)
    pays(created)
