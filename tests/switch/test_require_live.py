"""`requireLive`: the one question that wallets ask each time money moves, and its reasons in their order."""

from datetime import timedelta

import pytest

from peculium import exceptions as errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

REASONS = [
    ("revoked", errors.AgentIsRevoked),
    ("all revoked", errors.EpochEnded),
    ("dormant", errors.PrincipalIsDormant),
    ("all paused", errors.PrincipalIsPaused),
    ("paused", errors.AgentIsPaused),
]


@pytest.fixture
def stop(switch, created, principal, time_travel):
    """Brings a stop about."""

    def bring_about(what):
        if what == "revoked":
            switch.revoke(principal, created.wallet.address)
        elif what == "all revoked":
            switch.revoke_all(principal)
        elif what == "dormant":
            switch.set_heartbeat(principal, timedelta(days=1))
            time_travel(seconds=2 * DAY)
        elif what == "all paused":
            switch.pause_all(principal)
        else:
            switch.pause(principal, created.wallet.address)

    return bring_about


@pytest.fixture
def ask(switch, created, principal):
    """Asks as the wallet does."""
    return lambda epoch=0: switch.read("requireLive", principal.address, created.wallet.address, epoch)


@pytest.mark.parametrize("first", range(len(REASONS)))
def test_reverts_with_the_most_severe_reason(stop, ask, first):
    for what, _ in REASONS[first:]:
        stop(what)
    with refuses(REASONS[first][1]):
        ask()


@pytest.mark.parametrize("epoch", [1, 2**64 - 1])
def test_reverts_for_an_epoch_that_has_not_begun(ask, principal, epoch):
    with refuses(errors.EpochEnded, principal=principal.address, epoch=epoch, current_epoch=0):
        ask(epoch)


def test_agent_without_a_stop_is_live(ask):
    assert ask() is True


def test_views_agree_with_each_other(switch, created, principal, stop):
    assert not switch.read("isRevoked", principal.address, created.wallet.address, 0)
    assert not switch.read("isPaused", principal.address, created.wallet.address)
    stop("paused")
    assert switch.read("isPaused", principal.address, created.wallet.address)
    assert switch.read("stopWord", principal.address, created.wallet.address) == (True, False, False)
    stop("revoked")
    assert switch.read("isRevoked", principal.address, created.wallet.address, 0)
    assert switch.read("isRevoked", principal.address, principal.address, 1)
