"""Pre-authorizations that only their payee can settle (`ReceiveWithAuthorization`), such as a collector."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import LimitedPayee, errors
from peculium.authorizations import AuthorizationKind
from verification.testing.refusals import refuses

USD = 10**6


@pytest.fixture
def receive(authorization):
    """100 dollars that only the payee can collect."""
    return replace(authorization, kind=AuthorizationKind.RECEIVE)


def test_refuses_settlement_by_anyone_but_the_payee(created, receive, settle, relayer, usdc, payee):
    created.wallet.preauthorize(created.agent, receive)
    for function in (False, True):
        with pytest.raises(errors.ContractError):
            settle(receive, by=relayer, receive=function)
    assert usdc.balance(payee.address) == 0


def test_refuses_settlement_as_a_transfer(created, receive, settle, payee):
    """The digest is that of the other message."""
    created.wallet.preauthorize(created.agent, receive)
    with pytest.raises(errors.ContractError):
        settle(receive, by=payee)


def test_transfer_can_not_be_received(created, authorization, settle, payee):
    created.wallet.preauthorize(created.agent, authorization)
    with pytest.raises(errors.ContractError):
        settle(authorization, by=payee, receive=True)


def test_each_kind_has_a_digest_of_its_own(created, authorization, receive, is_valid):
    created.wallet.preauthorize(created.agent, receive)
    assert is_valid(receive)
    assert not is_valid(authorization)
    chain, wallet = created.wallet.web3.eth.chain_id, created.wallet
    for each in (authorization, receive):
        assert wallet.read("authorizationDigest", each.as_tuple()) == each.digest(wallet.address, chain)
    with refuses(errors.AuthorizationUnknown):
        created.wallet.close_authorization(created.principal, "USD", authorization)


def test_refuses_an_unlisted_collector(created, receive, stranger, usdc):
    """I6."""
    with refuses(errors.PayeeNotListed, payee=stranger.address, token=usdc.address):
        created.wallet.preauthorize(created.agent, replace(receive, payee=stranger.address))


def test_refuses_a_collector_above_its_own_limit(new_agent, receive, payee):
    created = new_agent(payees=(), limited_payees=(LimitedPayee(payee.address, limit=99),))
    with refuses(errors.PayeeLimitExceeded, payee=payee.address, charge=100 * USD, remaining=99 * USD):
        created.wallet.preauthorize(created.agent, receive)


def test_payee_collects_it_once(created, receive, settle, payee, usdc):
    created.wallet.preauthorize(created.agent, receive)
    settle(receive, by=payee, receive=True)
    assert usdc.balance(payee.address) == 100
    with pytest.raises(errors.ContractError):
        settle(receive, by=payee, receive=True)
    event = created.wallet.close_authorization(payee, "USD", receive).event("AuthorizationClosed").arguments
    assert event["settled"] is True
    assert created.wallet.spent("USD") == 100


@pytest.mark.parametrize("stop", ["pause", "lift", "refuse_all"])
def test_is_void_after_a_stop(stop, created, receive, settle, payee, suite, usdc, is_valid):
    """I8, I31."""
    created.wallet.preauthorize(created.agent, receive)
    if stop == "pause":
        suite.switch.pause(created.principal, created.wallet.address)
    elif stop == "lift":
        created.wallet.lift_mandate(created.principal)
    else:
        created.wallet.refuse_all(created.principal)
    assert not is_valid(receive)
    with pytest.raises(errors.ContractError):
        settle(receive, by=payee, receive=True)
    assert usdc.balance(payee.address) == 0
