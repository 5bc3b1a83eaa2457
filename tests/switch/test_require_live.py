"""`requireLive`: wallets call it before they move money. It reverts with the most severe stop."""

from datetime import timedelta

import pytest

from peculium import errors
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
    """Applies a stop to the agent."""

    def apply(reason):
        if reason == "revoked":
            switch.revoke(principal, created.wallet.address)
        elif reason == "all revoked":
            switch.revoke_all(principal)
        elif reason == "dormant":
            switch.set_heartbeat(principal, timedelta(days=1))
            time_travel(seconds=2 * DAY)
        elif reason == "all paused":
            switch.pause_all(principal)
        else:
            switch.pause(principal, created.wallet.address)

    return apply


@pytest.fixture
def require_live(switch, created, principal):
    """Calls `requireLive` as the wallet does."""
    return lambda epoch=0: switch.read("requireLive", principal.address, created.wallet.address, epoch)


@pytest.mark.parametrize("first", range(len(REASONS)))
def test_reverts_with_the_most_severe_reason(stop, require_live, first):
    for reason, _ in REASONS[first:]:
        stop(reason)
    with refuses(REASONS[first][1]):
        require_live()


@pytest.mark.parametrize("epoch", [1, 2**64 - 1])
def test_reverts_for_an_epoch_that_has_not_begun(require_live, principal, epoch):
    with refuses(errors.EpochEnded, principal=principal.address, epoch=epoch, current_epoch=0):
        require_live(epoch)


def test_agent_without_a_stop_is_live(require_live):
    assert require_live() is True


def test_views_agree_with_each_other(switch, created, principal, stop):
    assert not switch.read("isRevoked", principal.address, created.wallet.address, 0)
    assert not switch.read("isPaused", principal.address, created.wallet.address)
    stop("paused")
    assert switch.read("isPaused", principal.address, created.wallet.address)
    assert switch.read("stopWord", principal.address, created.wallet.address) == (True, False, False)
    stop("revoked")
    assert switch.read("isRevoked", principal.address, created.wallet.address, 0)
    assert switch.read("isRevoked", principal.address, principal.address, 1)
