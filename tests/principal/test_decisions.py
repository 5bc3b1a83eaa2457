"""Requests, and a principal's decisions."""

from __future__ import annotations

import json

import pytest

from peculium import InvalidInput, errors
from peculium.principal import Principal


def test_refuses_a_wallet_of_another_principal(suite, stranger, created, boss):
    with pytest.raises(
        errors.NotPrincipal, match=f"Only the principal {boss.address} can do this, not {stranger.address}"
    ):
        Principal(stranger, suite).requests(created.wallet.address)


def test_refuses_a_request_that_was_decided(boss, created, request_of):
    pending = request_of()
    boss.refuse(created.wallet.address, pending)
    with pytest.raises(InvalidInput, match="isn't pending any more"):
        boss.approve(created.wallet.address, pending)


def test_refuses_a_slot_without_a_request(boss, created, request_of):
    request_of(slot=1)
    with pytest.raises(InvalidInput, match=r"No request waits in slot 0\. Slots with a request: 1\."):
        boss.approve(created.wallet.address, 0)


def test_refuses_another_request_in_the_same_slot(boss, created, request_of):
    """What was read is what is approved."""
    read = request_of(7)
    created.wallet.cancel_request(created.agent, 0, read.request_hash)
    request_of(8)
    with pytest.raises(InvalidInput, match="isn't pending any more"):
        boss.approve(created.wallet.address, read)


def test_approval_pays_what_was_asked_for(boss, created, request_of, usdc, stranger):
    before = usdc.balance(stranger.address)
    decision = boss.approve(created.wallet.address, request_of(7))
    assert usdc.balance(stranger.address) == before + 7
    assert boss.requests(created.wallet.address) == []
    shown = json.loads(json.dumps(decision.as_dict()))
    assert (shown["approved"], shown["request"]["request"]["amount"]) == (True, "7")


def test_refusal_frees_the_slot(boss, created, request_of):
    decision = boss.refuse(created.wallet.address, request_of().slot)
    assert not decision.approved
    assert boss.requests(created.wallet.address) == []


def test_refuses_all_at_once(boss, created, request_of):
    request_of(slot=0), request_of(slot=1)
    boss.refuse_all(created.wallet.address)
    assert boss.requests(created.wallet.address) == []
