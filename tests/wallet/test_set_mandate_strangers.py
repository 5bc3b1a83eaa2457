"""`setMandate`: limits for strangers that contradict themselves or others are refused."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import ChequeBook, errors
from verification.testing.refusals import refuses

USD = 10**6
SMALLEST = Decimal("0.000001")


@pytest.fixture
def install(created, new_mandate):
    """Sends the default mandate, 100 a payment and 500 a day, with these limits for strangers."""

    def send(payment, window, **overrides):
        limits = {"stranger_payment_limit": payment, "stranger_window_limit": window}
        mandate = new_mandate(**limits, **overrides).in_round(created.wallet.round)
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())
        return mandate

    return send


@pytest.mark.parametrize(("payment", "window"), [(0, 1), (1, 0), (0, 500 * USD), (100 * USD, 0)])
def test_refuses_one_limit_without_the_other(payment, window, install):
    """A limit of zero would look as if there were none."""
    expected = {"currency": "USD", "payment_limit": payment, "window_limit": window}
    with refuses(errors.StrangerLimitsContradict, **expected):
        install(Decimal(payment).scaleb(-6), Decimal(window).scaleb(-6))


def test_refuses_a_payment_limit_above_the_budgets(install):
    with refuses(errors.LimitsContradict, currency="USD", smaller=100 * USD + 1, larger=100 * USD):
        install(100 + SMALLEST, 500)
    install(100, 500)


def test_refuses_a_payment_limit_above_the_strangers_window(install):
    with refuses(errors.LimitsContradict, currency="USD", smaller=20 * USD + 1, larger=20 * USD):
        install(20 + SMALLEST, 20)
    install(20, 20)


def test_refuses_a_window_limit_above_the_first_windows(install):
    """Also where a longer window would allow it."""
    further = ((timedelta(days=7), 900),)
    with refuses(errors.LimitsContradict, currency="USD", smaller=500 * USD + 1, larger=500 * USD):
        install(20, 500 + SMALLEST, further_windows=further)
    install(20, 500, further_windows=further)


def test_installs_no_limits(created, install):
    mandate = install(0, 0)
    assert created.wallet.remaining("USD").strangers is None
    assert created.wallet.enforces(mandate)


@pytest.mark.parametrize("further", [0, 1, 3])
def test_installs_limits_beside_any_number_of_windows(further, created, install):
    """Both are in the same list of the encoded mandate."""
    windows = tuple((timedelta(days=7 * (i + 1)), 600 + i) for i in range(further))
    mandate = install(SMALLEST, 2 * SMALLEST, further_windows=windows)
    state = created.wallet.remaining("USD")
    assert (state.strangers.payment, state.strangers.window.limit) == (SMALLEST, 2 * SMALLEST)
    assert [each.limit for each in state.windows] == [500, *(600 + i for i in range(further))]
    assert created.wallet.enforces(mandate)


# Cheque books for strangers


@pytest.fixture
def book(usdc):
    """A book of cheques that may pay strangers: three a day."""
    return lambda limit: ChequeBook(usdc.address, 3, limit, timedelta(days=1), strangers=True)


def test_refuses_a_cheque_limit_above_the_strangers_payment_limit(install, book, usdc):
    expected = {"token": usdc.address, "limit": 20 * USD + 1, "payment_limit": 20 * USD}
    with refuses(errors.InvalidChequeLimit, **expected):
        install(20, 200, cheque_books=(book(20 + SMALLEST),))
    with refuses(errors.InvalidChequeLimit, token=usdc.address, limit=1, payment_limit=0):
        install(0, 0, cheque_books=(book(SMALLEST),))
    install(20, 200, cheque_books=(book(20),))


def test_refuses_cheques_above_the_strangers_window(install, book, usdc):
    """A day overlaps two periods: six cheques."""
    expected = {"token": usdc.address, "reserve": 60 * USD, "limit": 60 * USD - 1}
    with refuses(errors.ChequesExceedLimit, **expected):
        install(20, 60 - SMALLEST, cheque_books=(book(10),))
    install(20, 60, cheque_books=(book(10),))


def test_cheques_for_strangers_are_reserved_from_both_windows(created, install, book):
    """I29, I32."""
    mandate = install(20, 100, cheque_books=(book(10),))
    state = created.wallet.remaining("USD")
    assert (state.windows[0].limit, state.strangers.window.limit) == (440, 40)
    assert created.wallet.enforces(mandate)


def test_other_cheques_are_not_reserved_from_the_strangers_window(created, install, usdc):
    book = ChequeBook(usdc.address, 3, 10, timedelta(days=1))
    mandate = install(20, 100, cheque_books=(book,))
    state = created.wallet.remaining("USD")
    assert (state.windows[0].limit, state.strangers.window.limit) == (440, 100)
    assert created.wallet.enforces(mandate)
