"""`setHeartbeat` and `checkIn`: a principal that misses its check-in becomes dormant, which stops its agents."""

from datetime import timedelta

import pytest

from peculium import Status, errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses


@pytest.fixture
def last_heard(switch, principal, now):
    """The time of the last check-in of a principal with an interval of one day."""
    switch.set_heartbeat(principal, timedelta(days=1))
    return now()


@pytest.mark.parametrize("seconds", [1, DAY - 1])
def test_reverts_for_an_interval_that_full_blocks_could_exhaust(switch, principal, seconds):
    with refuses(errors.HeartbeatTooShort, interval=seconds, minimum=DAY):
        switch.set_heartbeat(principal, timedelta(seconds=seconds))


@pytest.mark.parametrize("delay", [0, 7])
def test_agents_of_a_dormant_principal_pay_nothing(created, principal, last_heard, time_travel, usdc, payee, delay):
    time_travel(next_at=last_heard + DAY + delay)
    arguments = (usdc.address, payee.address, 1, bytes(32))
    with refuses(
        errors.PrincipalIsDormant,
        principal=principal.address,
        dormant_since=last_heard + DAY,
        timestamp=last_heard + DAY + delay,
    ):
        created.wallet.send(created.agent, "pay", *arguments, gas=1_000_000)


@pytest.mark.parametrize("role", ["stranger", "agent", "with_guardian"])
def test_check_in_by_another_account_does_not_count(switch, created, last_heard, time_travel, pays, role, request):
    """I12."""
    time_travel(seconds=5 * DAY)
    switch.check_in(request.getfixturevalue(role))
    with refuses(errors.PrincipalIsDormant):
        pays(created)


@pytest.mark.parametrize("seconds", [0, DAY, 2**48 - 1])
def test_sets_the_interval_and_counts_as_a_check_in(switch, principal, seconds, now):
    receipt = switch.send(principal, "setHeartbeat", seconds)
    assert receipt.event("HeartbeatSet").arguments == {"principal": principal.address, "interval": seconds}
    assert receipt.event("CheckedIn").arguments == {"principal": principal.address, "timestamp": now()}
    assert switch.read("principalState", principal.address) == (0, False, seconds, now())
    assert not switch.is_dormant(principal.address)


@pytest.mark.parametrize(("offset", "dormant"), [(-1, False), (0, True), (1, True)])
def test_principal_is_dormant_from_the_last_second_of_the_interval(
    switch, suite, created, principal, last_heard, time_travel, offset, dormant
):
    """I21."""
    time_travel(to=last_heard + DAY + offset)
    assert switch.is_dormant(principal.address) is dormant
    expected = Status.DORMANT if dormant else Status.ACTIVE
    assert suite.registry.check_wallet(created.wallet.address).status is expected


def test_check_in_ends_dormancy_without_loss_of_money(switch, created, principal, last_heard, time_travel, pays, usdc):
    balance = usdc.balance(created.wallet.address)
    time_travel(seconds=5 * DAY)
    switch.check_in(principal)
    assert usdc.balance(created.wallet.address) == balance
    pays(created)


def test_dormant_principal_withdraws(switch, created, principal, last_heard, time_travel, usdc):
    """I18."""
    time_travel(seconds=5 * DAY)
    created.wallet.withdraw_all(principal, usdc.address, principal.address)
    assert usdc.balance(created.wallet.address) == 0


def test_principal_without_a_heartbeat_never_becomes_dormant(switch, created, principal, last_heard, time_travel, pays):
    switch.set_heartbeat(principal, None)
    time_travel(seconds=20 * DAY)
    pays(created)
