"""`checkAgent`, `checkWallet`, `requireActive` and `requireActiveWallet`: the status that a counterparty reads."""

from datetime import timedelta

import pytest

from peculium import Status, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses


@pytest.fixture
def reach(registry, suite, created, new_agent, new_mandate, other_agent, principal, stranger, now, time_travel):
    """Brings an agent into a situation, and returns it with the status that it must have."""

    def change(situation):
        if situation == "active":
            return created, Status.ACTIVE
        if situation == "not begun":
            mandate = new_mandate(agent_key=other_agent.address, valid_from=now() + DAY)
            return new_agent(key=other_agent, mandate=mandate), Status.NOT_YET_VALID
        if situation == "paused":
            suite.switch.pause(principal, created.wallet.address)
            return created, Status.PAUSED
        if situation == "all paused":
            suite.switch.pause_all(principal)
            return created, Status.PAUSED
        if situation == "dormant":
            suite.switch.set_heartbeat(principal, timedelta(days=1))
            time_travel(seconds=DAY)
            return created, Status.DORMANT
        if situation == "expired":
            time_travel(to=created.mandate.message()["validUntil"])
            return created, Status.EXPIRED
        if situation == "revoked":
            suite.switch.revoke(principal, created.wallet.address)
            return created, Status.REVOKED
        if situation == "all revoked":
            suite.switch.revoke_all(principal)
            return created, Status.REVOKED
        if situation == "lifted":
            created.wallet.lift_mandate(principal)
            return created, Status.UNACCEPTED
        if situation == "replaced, not anchored":
            created.wallet.set_mandate(principal, new_mandate().in_round(created.wallet.round))
            return created, Status.UNACCEPTED
        if situation == "handed over":
            created.wallet.offer_hand_over(principal, stranger.address, now() + DAY)
            created.wallet.accept_hand_over(stranger)
            return created, Status.UNACCEPTED
        raise LookupError(situation)

    return change


SITUATIONS = [
    "active",
    "not begun",
    "paused",
    "all paused",
    "dormant",
    "expired",
    "revoked",
    "all revoked",
    "lifted",
    "replaced, not anchored",
    "handed over",
]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_returns_the_status(registry, reach, situation):
    agent, status = reach(situation)
    by_id, by_wallet = registry.check_agent(agent.agent_id), registry.check_wallet(agent.wallet.address)
    assert by_id == by_wallet
    assert by_id.status is status
    assert (by_id.agent_id, by_id.wallet, by_id.principal) == (
        agent.agent_id,
        agent.wallet.address,
        agent.principal.address,
    )


@pytest.mark.parametrize("situation", SITUATIONS)
def test_require_function_reverts_with_the_same_status(registry, reach, situation):
    agent, status = reach(situation)
    for function, argument in (("requireActive", agent.agent_id), ("requireActiveWallet", agent.wallet.address)):
        if status is Status.ACTIVE:
            assert registry.read(function, argument)[0] == agent.agent_id
            continue
        arguments = {"agent_id": agent.agent_id, "wallet": agent.wallet.address, "status": status}
        with refuses(errors.AgentNotActive, **arguments):
            registry.read(function, argument)


def test_returns_the_signed_mandate(registry, created):
    """I27."""
    check = registry.check_agent(created.agent_id)
    message = created.mandate.message()
    assert check.mandate_hash == created.mandate.hash()
    assert (check.valid_from.timestamp(), check.valid_until.timestamp()) == (
        message["validFrom"],
        message["validUntil"],
    )


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_mandate_has_ended_in_the_second_of_valid_until(registry, created, time_travel, offset):
    """I21."""
    time_travel(to=created.mandate.message()["validUntil"] + offset)
    expected = Status.ACTIVE if offset < 0 else Status.EXPIRED
    assert registry.check_agent(created.agent_id).status is expected


def test_unregistered_agent_is_unknown(registry, stranger):
    assert registry.check_agent(10**9).status is Status.UNKNOWN
    for wallet in (stranger.address, ZERO_ADDRESS):
        check = registry.check_wallet(wallet)
        assert (check.status, check.wallet) == (Status.UNKNOWN, wallet)
        with refuses(errors.AgentNotActive, status=Status.UNKNOWN, wallet=wallet):
            registry.read("requireActiveWallet", wallet)


def test_returns_the_address_of_the_switch(registry, suite):
    assert registry.read("SWITCH") == suite.switch.address


def test_agent_without_liability_is_unaccepted_whatever_its_wallet_returns(registry, suite, registered, principal):
    """A wallet may resign under the zero address, which must not count as a principal."""
    suite.switch.send(principal, "resign", ZERO_ADDRESS)
    assert registry.check_agent(registered).status is Status.UNACCEPTED


def test_returns_the_most_severe_status(registry, suite, created, principal, time_travel):
    """Revoked, expired, dormant and paused rank in this order."""
    suite.switch.pause(principal, created.wallet.address)
    suite.switch.set_heartbeat(principal, timedelta(days=1))
    assert registry.check_agent(created.agent_id).status is Status.PAUSED
    time_travel(seconds=DAY)
    assert registry.check_agent(created.agent_id).status is Status.DORMANT
    time_travel(seconds=30 * DAY)
    assert registry.check_agent(created.agent_id).status is Status.EXPIRED
    suite.switch.revoke(principal, created.wallet.address)
    assert registry.check_agent(created.agent_id).status is Status.REVOKED
