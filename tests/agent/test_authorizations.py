"""Payments that are charged now and settled later."""

from __future__ import annotations

import pytest
from eth_utils import keccak

from peculium import AuthorizationKind, Domain, LimitedPayee, errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"


@pytest.fixture
def settle(usdc, relayer, created):
    """Settles what was pre-authorized."""

    def at_the_token(made):
        usdc.send(relayer, TRANSFER, *made.authorization.transfer(created.wallet.address), made.signature)

    return at_the_token


def test_another_domain_than_the_tokens_is_refused(buyer):
    with pytest.raises(errors.WrongDomain):
        buyer.preauthorize("USDC", "supplier", 5, domain=Domain("USDC", "2"))


def test_a_token_without_a_domain_is_refused(buyer):
    with pytest.raises(errors.WrongDomain, match=r"has no DOMAIN_SEPARATOR\(\)"):
        buyer.preauthorize("tDAI", "supplier", 5)


def test_a_payee_that_is_not_listed_is_refused(buyer, relayer):
    with refuses(errors.PayeeNotListed, payee=relayer.address):
        buyer.preauthorize("USDC", relayer.address, 5)


def test_without_a_mandate_it_is_refused(buyer, created, principal):
    created.wallet.lift_mandate(principal)
    with refuses(errors.NoMandate):
        buyer.preauthorize("USDC", "supplier", 5)


def test_finds_the_domain_and_lasts_as_long_as_allowed(buyer, created, settle, usdc, payee):
    made = buyer.preauthorize("USDC", "supplier", 5, "INV-1")
    assert made.authorization.domain == Domain("USD Coin", "2")
    assert made.authorization.valid_before == created.mandate.valid_until
    settle(made)
    assert usdc.balance(payee.address) == 5


def test_ends_with_the_payees_own_terms(new_agent, connected, stranger, now):
    end = now() + DAY
    agent = connected(new_agent(limited_payees=(LimitedPayee(stranger.address, 50, end),)))
    assert agent.preauthorize("USDC", "caterer", 5).authorization.valid_before == end


def test_one_for_the_payee_alone(buyer):
    made = buyer.preauthorize("USDC", "supplier", 5, kind=AuthorizationKind.RECEIVE)
    assert made.authorization.kind is AuthorizationKind.RECEIVE


def test_shows_what_is_open_settled_and_lapsed(buyer, settle, now, time_travel, payee):
    ending = buyer.preauthorize("USDC", "supplier", 1, "INV-1", valid_before=now() + 60)
    paid = buyer.preauthorize("USDC", "supplier", 2, "INV-2")
    buyer.preauthorize("USDC", "supplier", 3, keccak(text="reason"))
    settle(paid)
    shown = [(each.amount, each.ref[:5], each.settled, each.can_be_closed) for each in buyer.open_authorizations()]
    assert shown == [
        (1, "INV-1", False, False),
        (2, "INV-2", True, True),
        (3, "0x" + keccak(text="reason").hex()[:3], False, False),
    ]
    time_travel(to=int(ending.authorization.valid_before))
    assert [each.can_be_closed for each in buyer.open_authorizations()] == [True, True, False]
    assert buyer.overview().authorizations == buyer.open_authorizations()
    assert f"1 USDC to supplier ({payee.address}), void." in str(buyer.overview())


def test_closes_what_can_be_closed(buyer, settle, now, time_travel):
    ending = buyer.preauthorize("USDC", "supplier", 1, valid_before=now() + 60)
    settle(buyer.preauthorize("USDC", "supplier", 2))
    buyer.preauthorize("USDC", "supplier", 3)
    time_travel(to=int(ending.authorization.valid_before))
    (receipt,) = buyer.close_authorizations()
    assert [each.name for each in receipt.events].count("AuthorizationClosed") == 2
    assert ([each.amount for each in buyer.open_authorizations()], buyer.overview().currency("USD").pending) == ([3], 3)
    assert buyer.close_authorizations() == []


def test_closes_many_in_pieces(buyer, created, principal, monkeypatch):
    monkeypatch.setattr("peculium.acting.authorizations.MOST_CLOSED", 2)
    for _ in range(3):
        buyer.preauthorize("USDC", "supplier", 1)
    created.wallet.refuse_all(principal)
    assert len(buyer.close_authorizations()) == 2
    assert buyer.open_authorizations() == ()
