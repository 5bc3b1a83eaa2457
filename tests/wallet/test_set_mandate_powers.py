"""`setMandate`: cheque books and request terms that the wallet can't enforce are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import NATIVE, Budget, ChequeBook, Token, Window, errors
from verification.testing.refusals import refuses

USD = 10**6


# Cheque books


@pytest.fixture
def two_budgets(usdc, dai, payee):
    """One budget in dollars and one in euros."""

    def make(token, decimals, currency):
        windows = (Window(timedelta(days=1), Decimal(500)), Window(timedelta(days=7), Decimal(5_000)))
        return Budget(currency, 100, 10_000, windows, (Token(token.address, decimals),), (payee.address,))

    return make(usdc, 6, "USD"), make(dai, 18, "EUR")


def test_refuses_a_cheque_book_in_native_currency(created, new_mandate, payee):
    budget = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    book = ChequeBook(NATIVE, 1, Decimal(1), timedelta(days=1))
    mandate = new_mandate(budgets=(budget,), cheque_books=(book,)).in_round(created.wallet.round)
    with refuses(errors.InvalidChequeToken, token=NATIVE):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())


@pytest.mark.parametrize(
    ("day", "week", "reserve", "limit"), [(599, 2_400, 600, 599), (600, 2_399, 2_400, 2_399)], ids=["day", "week"]
)
def test_refuses_a_cheque_book_one_unit_above_a_window_limit(
    day, week, reserve, limit, created, new_mandate, usdc, payee
):
    """With three cheques of 100 per period of a day, a rolling day can hold six, and a rolling week 24."""
    windows = (Window(timedelta(days=1), Decimal(day)), Window(timedelta(days=7), Decimal(week)))
    budget = Budget("USD", 100, 100_000, windows, (Token(usdc.address, 6),), (payee.address,))
    book = ChequeBook(usdc.address, 3, Decimal(100), timedelta(days=1))
    mandate = new_mandate(budgets=(budget,), cheque_books=(book,)).in_round(created.wallet.round)
    with refuses(errors.ChequesExceedLimit, token=usdc.address, reserve=reserve * USD, limit=limit * USD):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())


def test_refuses_a_cheque_limit_above_the_payment_limit(created, new_mandate, usdc):
    book = ChequeBook(usdc.address, 1, Decimal(100) + SMALLEST, timedelta(days=1))
    mandate = new_mandate(cheque_books=(book,)).in_round(created.wallet.round)
    with refuses(errors.InvalidChequeLimit, token=usdc.address, limit=100 * USD + 1, payment_limit=100 * USD):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())


def test_refuses_a_cheque_book_above_the_lifetime_limit_by_one_second(created, new_mandate, usdc, now):
    """A mandate that ends one second after a period includes the cheques of the next."""
    day = 86_400
    ends = (now() // day + 3) * day
    book = ChequeBook(usdc.address, 1, Decimal(100), timedelta(days=1))

    def following(valid_until):
        mandate = new_mandate(cheque_books=(book,), lifetime_limit=300, window_limit=300, valid_until=valid_until)
        return replace(mandate, valid_from=now()).in_round(created.wallet.round)

    with refuses(errors.ChequesExceedLimit, token=usdc.address, reserve=400 * USD, limit=300 * USD):
        created.wallet.send(created.principal, "setMandate", following(ends + 1).as_tuple())
    created.wallet.set_mandate(created.principal, following(ends))
    # The reserve for cheques takes the whole lifetime limit.
    assert created.wallet.remaining("USD").lifetime_limit == 0


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_installs_one_cheque_book_per_budget_in_any_order(order, created, new_mandate, two_budgets):
    """The cheque limit equals the payment limit."""
    books = [ChequeBook(each.tokens[0].address, 1, Decimal(100), timedelta(days=1)) for each in two_budgets]
    mandate = new_mandate(budgets=two_budgets, cheque_books=tuple(books[i] for i in order))
    created.wallet.set_mandate(created.principal, mandate.in_round(created.wallet.round))
    assert created.wallet.last_mandate().cheque_books == mandate.cheque_books


SMALLEST = Decimal("0.000001")


@pytest.mark.parametrize(
    "terms",
    [{"count": 256}, {"period": timedelta(minutes=1)}, {"period": timedelta(days=365)}, {"count": 1}],
    ids=["most cheques", "shortest period", "longest period", "one cheque"],
)
def test_installs_a_cheque_book_at_each_bound(terms, created, replace_mandate, usdc):
    """The cheques have the smallest limit, so that every number fits."""
    book = ChequeBook(**({"token": usdc.address, "count": 2, "limit": SMALLEST, "period": timedelta(days=1)} | terms))
    replace_mandate(created, cheque_books=(book,))
    assert created.wallet.last_mandate().cheque_books == (book,)


# Requests


@pytest.mark.parametrize(("most", "age"), [(3, 0), (0, 60)])
def test_refuses_contradictory_request_terms(most, age, created, new_mandate):
    mandate = new_mandate(max_requests=most, max_request_age=timedelta(seconds=age))
    with refuses(errors.RequestTermsContradict, max_requests=most, max_request_age=age):
        created.wallet.send(created.principal, "setMandate", mandate.in_round(created.wallet.round).as_tuple())
