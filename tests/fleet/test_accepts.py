"""`accepts`: which mandates can name the fleet budget as their guard."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from peculium import ChequeBook, Token, Window, errors
from verification.testing.durations import DAY
from verification.testing.fleet import fleet_refuses
from verification.testing.refusals import refuses

DAILY = timedelta(days=1)


@pytest.fixture
def in_euros(new_mandate, dai):
    """A budget in EUR, with a token that no other budget lists."""
    return new_mandate(currency="EUR", tokens=[Token(dai.address, 18)]).budgets[0]


# Refusals


def test_refuses_a_mandate_of_another_principal(fleet, principal, other_principal, new_agent):
    with fleet_refuses(errors.OtherPrincipal, principal=other_principal.address, expected=principal.address):
        new_agent(by=other_principal, guard=fleet.address)


def test_refuses_a_currency_without_a_budget(agents, put_mandate):
    with fleet_refuses(errors.NoFleetBudget, currency="EUR"):
        put_mandate(agents[0], currency="EUR")


@pytest.mark.parametrize("decimals", [5, 7, 18])
def test_refuses_other_decimals(decimals, agents, fleet, principal, new_agent, new_mandate):
    """The fleet would add amounts in different units."""
    mandate = new_mandate(decimals=decimals, guard=fleet.address)
    with fleet_refuses(errors.FleetDecimals, currency="USD", given=decimals, expected=6):
        new_agent(mandate=mandate)


@pytest.mark.parametrize("position", [0, 1])
def test_refuses_if_one_currency_of_several_has_no_budget(position, agents, put_mandate, new_mandate, usdc, in_euros):
    in_dollars = new_mandate(tokens=[Token(usdc.address, 6)]).budgets[0]
    budgets = [in_dollars, in_euros] if position else [in_euros, in_dollars]
    with fleet_refuses(errors.NoFleetBudget, currency="EUR"):
        put_mandate(agents[0], budgets=budgets)


def test_refuses_if_one_currency_of_several_has_other_decimals(
    agents, fleet, principal, put_mandate, new_mandate, usdc, in_euros
):
    fleet.set_budget(principal, "EUR", 100, [Window(DAILY, 100)], decimals=2)
    in_dollars = new_mandate(tokens=[Token(usdc.address, 6)]).budgets[0]
    with fleet_refuses(errors.FleetDecimals, currency="EUR", given=6, expected=2):
        put_mandate(agents[0], budgets=[in_dollars, in_euros])


def test_refuses_cheque_books(agents, put_mandate, usdc, fleet):
    """I35. Cheques are spent without a transaction, so the fleet couldn't count them."""
    book = ChequeBook(usdc.address, 5, 1, DAILY)
    with refuses(errors.GuardBesideChequeBook, guard=fleet.address):
        put_mandate(agents[0], cheque_books=[book])


def test_refuses_the_new_principals_mandate_after_a_hand_over(
    agents, fleet, principal, other_principal, put_mandate, now
):
    wallet = agents[0].wallet
    wallet.offer_hand_over(principal, other_principal.address, now() + DAY)
    wallet.accept_hand_over(other_principal)
    with fleet_refuses(
        errors.OtherPrincipal,
        wallet=wallet.address,
        principal=other_principal.address,
        expected=principal.address,
    ):
        put_mandate(replace(agents[0], principal=other_principal))


# Accepted


def test_accepts_a_mandate_in_one_currency(agents, put_mandate, fleet):
    mandate = put_mandate(agents[0])
    assert (mandate.guard, agents[0].wallet.enforces(mandate)) == (fleet.address, True)


def test_accepts_a_mandate_in_several_currencies_and_counts_each(
    agents, fleet, principal, put_mandate, new_mandate, usdc, dai, payee, in_euros
):
    fleet.set_budget(principal, "EUR", 100, [Window(DAILY, 100)])
    in_dollars = new_mandate(tokens=[Token(usdc.address, 6)]).budgets[0]
    put_mandate(agents[0], budgets=[in_dollars, in_euros])
    for token, amount in ((usdc, 30), (dai, 7)):
        agents[0].wallet.pay(agents[0].agent, token.address, payee.address, amount)
    assert (fleet.spent("USD"), fleet.spent("EUR")) == (30, 7)


def test_accepts_when_its_limits_are_below_those_of_the_mandate(agents, fleet, principal, put_mandate, pay):
    """Each of the limits holds. So the principal can lower the fleet's without signing new mandates."""
    fleet.set_budget(principal, "USD", 1, [Window(DAILY, 1)])
    put_mandate(agents[0])
    pay(agents[0], 1)
    with fleet_refuses(errors.WindowLimitExceeded, remaining=0):
        pay(agents[0], 1)


def test_asking_changes_nothing(fleet, new_mandate, stranger, state):
    """Anybody may ask about any mandate and any address."""
    before = state()
    arguments = (stranger.address, new_mandate(guard=fleet.address).as_tuple())
    selector = bytes.fromhex(fleet.call_data("accepts", *arguments)[2:10])
    assert fleet.read("accepts", *arguments, sender=stranger.address) == selector
    assert state() == before
