"""The agent asks its principal, and follows what becomes of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from peculium import InvalidInput, Request, errors
from peculium.acting import RequestOutcome
from verification.testing.durations import DAY
from verification.testing.refusals import refuses


@pytest.fixture
def asked(buyer):
    """A request above the limits, for a day."""
    return buyer.request_payment("USDC", "caterer", 350, "a banquet")


@pytest.fixture
def waiting(created):
    """The request in the first slot as the principal reads it."""
    return lambda: created.wallet.pending_requests()[0]


def test_a_request_without_a_free_slot_is_refused(buyer, asked):
    buyer.request_payment("USDC", "caterer", 1)
    with pytest.raises(
        errors.NoFreeSlot, match=r"All 2 slots for requests are taken\. Wait for the principal, or cancel"
    ):
        buyer.request_payment("USDC", "caterer", 2)


def test_a_request_under_a_mandate_without_requests_is_refused(new_agent, connected):
    with pytest.raises(errors.NoFreeSlot, match=r"allows no requests\. Ask the principal"):
        connected(new_agent()).request_payment("USDC", "caterer", 1, expires_at=1)


def test_a_request_without_a_mandate_is_refused(buyer, created, principal):
    buyer.overview()
    created.wallet.lift_mandate(principal)
    with refuses(errors.NoMandate):
        buyer.request_payment("USDC", "caterer", 1)


def test_a_request_that_lasts_too_long_is_refused(buyer, now):
    with refuses(errors.InvalidRequestExpiry):
        buyer.request_payment("USDC", "caterer", 1, expires_at=now() + 2 * DAY)


def test_canceling_an_empty_slot_is_refused(buyer):
    with pytest.raises(InvalidInput, match="No request is in slot 1"):
        buyer.cancel_request(1)


def test_canceling_a_request_that_was_decided_is_refused(buyer, asked, created, principal, waiting):
    created.wallet.refuse_request(principal, 0, waiting().request_hash)
    with refuses(errors.RequestMismatch):
        buyer.cancel_request(asked)


def test_asks_in_the_first_free_slot_for_as_long_as_the_mandate_allows(
    buyer, asked, created, waiting, usdc, stranger, now
):
    assert (asked.slot, asked.request) == (
        0,
        Request(usdc.address, stranger.address, 350, asked.request.expires_at, "a banquet"),
    )
    assert DAY - 2 <= asked.request.expires_at.timestamp() - now() <= DAY
    assert waiting().request_hash == asked.request_hash
    assert buyer.request_payment("USDC", "caterer", 1).slot == 1
    assert json.dumps(asked.as_dict())


def test_takes_the_next_slot_if_another_process_was_faster(buyer, asked, monkeypatch):
    queue = buyer._reader.queue()
    stale = type(queue)(queue.mandate, [(bytes(26), 0)] * 2, queue.now)
    monkeypatch.setattr(buyer._reader, "queue", lambda: stale)
    assert buyer.request_payment("USDC", "caterer", 1).slot == 1


def test_a_request_waits_until_it_expires(buyer, asked, time_travel):
    assert buyer.request_outcome(asked) is RequestOutcome.PENDING
    time_travel(DAY)
    assert buyer.request_outcome(asked) is RequestOutcome.EXPIRED


def test_an_approved_request_is_paid(buyer, asked, created, principal, waiting, usdc, stranger):
    pending = waiting()
    created.wallet.approve_request(principal, pending.slot, pending.request, pending.asked_at)
    assert buyer.request_outcome(asked) is RequestOutcome.APPROVED
    assert usdc.balance(stranger.address) == 350


def test_a_refused_request_is_refused(buyer, asked, created, principal):
    created.wallet.refuse_request(principal, 0, asked.request_hash)
    assert buyer.request_outcome(asked) is RequestOutcome.REFUSED


@pytest.mark.parametrize("by", ["request", "slot"])
def test_a_canceled_request_is_canceled(buyer, asked, by):
    buyer.cancel_request(asked if by == "request" else 0)
    assert buyer.request_outcome(asked) is RequestOutcome.CANCELED


def test_an_expired_request_that_a_stranger_removes_is_expired(buyer, asked, created, relayer, time_travel):
    time_travel(DAY)
    created.wallet.send(relayer, "expireRequest", 0, asked.request.as_tuple(6))
    assert buyer.request_outcome(asked) is RequestOutcome.EXPIRED


def test_requests_of_an_ended_round_are_void(buyer, asked, created, principal):
    created.wallet.refuse_all(principal)
    assert buyer.request_outcome(asked) is RequestOutcome.VOID
    # The same again is another request.
    again = buyer.request_payment("USDC", "caterer", 350, "a banquet", expires_at=asked.request.expires_at)
    assert (buyer.request_outcome(asked), buyer.request_outcome(again)) == (RequestOutcome.VOID, RequestOutcome.PENDING)


def test_the_same_request_made_again_has_an_outcome_of_its_own(buyer, asked, created, principal):
    created.wallet.refuse_request(principal, 0, asked.request_hash)
    again = buyer.request_payment("USDC", "caterer", 350, "a banquet", expires_at=asked.request.expires_at)
    assert again.request_hash == asked.request_hash
    assert (buyer.request_outcome(asked), buyer.request_outcome(again)) == (
        RequestOutcome.REFUSED,
        RequestOutcome.PENDING,
    )


def test_asks_for_a_call(buyer, deploy, usdc, created, waiting):
    vault = deploy("MockVault")
    data = vault.call_data("deposit", usdc.address, 900 * 10**6)
    asked = buyer.request_call(vault.address, data, pull_token="USDC", pull=900, ref="savings")
    assert waiting().request_hash == asked.request_hash
    (shown,) = buyer.overview().requests
    assert shown.asks == f'call {vault.address}, which can take 900 USDC for "savings"'


def test_the_overview_shows_what_was_asked_for(buyer, asked, deploy):
    (shown,) = buyer.overview().requests
    assert (shown.slot, shown.request_hash, shown.asks) == (
        0,
        asked.request_hash,
        'pay 350 USDC to caterer for "a banquet"',
    )
    assert timedelta(0) <= shown.expires_at - asked.request.expires_at <= timedelta(seconds=1)


def test_the_overview_says_that_a_token_is_not_listed(buyer, new_usdc):
    """It calls itself as a listed one."""
    other = new_usdc()
    buyer.request_payment(other.address, "caterer", 1)
    (shown,) = buyer.overview().requests
    assert shown.asks == f"pay 1 USDC ({other.address}, unlisted) to caterer"
