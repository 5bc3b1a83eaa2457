"""Rules about what an agent pays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peculium import InvalidInput
from peculium.watching.payments import Payment, PaymentKind
from peculium.watching.rules import (
    MostPayments,
    MostSpent,
    NoNewPayee,
    breaches,
    longest,
    most_payments,
    most_spent,
    name_of,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
SHOP, HOTEL = "0x" + "11" * 20, "0x" + "22" * 20
HOUR = timedelta(hours=1)


def payment(seconds, charge=1, payee=SHOP, currency="USD", block=None):
    return Payment(
        "wallet", START + timedelta(seconds=seconds), PaymentKind.PAYMENT, payee, None, "token", Decimal(charge), currency,
        Decimal(charge), "", seconds if block is None else block, f"0x{seconds}", 0,
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "20", "20/", "20/x", "-1/h", "1.5/h", "20/0h", "20 USD/h", "٣/h", "20/h/h"])
def test_refuses_what_is_no_number_in_a_time(text):
    with pytest.raises(InvalidInput, match="20/h"):
        most_payments(text)


@pytest.mark.parametrize("text", ["", "50/h", "50 USD", "USD 50/h", "-5 USD/h", "5e3 USD/h", "50 US D/h"])
def test_refuses_what_is_no_amount_in_a_time(text):
    with pytest.raises(InvalidInput, match="50 USD/h"):
        most_spent(text)


def test_refuses_a_time_that_is_too_long():
    with pytest.raises(InvalidInput, match="31 days"):
        most_payments("20/32d")


@pytest.mark.parametrize(
    ("text", "per"), [("20/h", HOUR), ("20/15m", timedelta(minutes=15)), ("20 / 2d", timedelta(days=2))]
)
def test_reads_a_number_in_a_time(text, per):
    assert most_payments(text) == MostPayments(20, per)


def test_reads_an_amount_in_a_time():
    rule = most_spent("12.50 EUR/10m")
    assert rule == MostSpent(Decimal("12.50"), "EUR", timedelta(minutes=10))
    assert name_of(rule) == "12.5 EUR/600s"


def test_as_many_payments_as_allowed_are_no_breach():
    assert breaches([MostPayments(3, HOUR)], [payment(each) for each in range(3)]) == []


def test_one_more_payment_is_a_breach():
    (found,) = breaches([MostPayments(3, HOUR)], [payment(each) for each in range(4)])
    assert found.payment.position == (3, 0)
    assert found.text == "4 payments in 1 hour; the rule allows 3"


def test_payment_leaves_the_interval_exactly_after_its_length():
    rule = MostPayments(1, HOUR)
    assert breaches([rule], [payment(0), payment(3_600)]) == []
    assert len(breaches([rule], [payment(0), payment(3_599)])) == 1


def test_amounts_count_in_their_own_currency_only():
    rule = MostSpent(Decimal(50), "USD", HOUR)
    assert breaches([rule], [payment(0, 30), payment(1, 30, currency="EUR"), payment(2, 20)]) == []
    (found,) = breaches([rule], [payment(0, 30), payment(1, 21)])
    assert "51 USD in 1 hour; the rule allows 50 USD" in found.text


def test_first_payment_to_a_new_payee_is_a_breach_and_the_second_is_not():
    rule = NoNewPayee(frozenset({SHOP}))
    found = breaches([rule], [payment(0), payment(1, payee=HOTEL), payment(2, payee=HOTEL)])
    assert [each.payment.payee for each in found] == [HOTEL]


def test_payments_before_the_watch_count_and_are_no_breach():
    paid = [payment(each) for each in range(4)]
    assert breaches([MostPayments(1, HOUR)], paid, after=(3, 0)) == []
    assert len(breaches([MostPayments(1, HOUR)], [*paid, payment(4)], after=(3, 0))) == 1


def test_longest_time_is_that_of_all_rules():
    assert longest([MostPayments(1, HOUR), MostSpent(Decimal(1), "USD", 3 * HOUR), NoNewPayee()]) == 3 * HOUR


@given(st.lists(st.tuples(st.integers(0, 9_000), st.integers(1, 40)), max_size=25), st.integers(0, 120))
def test_a_sum_breaks_the_rule_exactly_if_some_interval_exceeds_it(made, most):
    paid = [payment(at, charge) for at, charge in sorted(made)]
    exceeded = any(
        sum(charge for other, charge in made if at - 3_600 < other <= at) > most for at in {each for each, _ in made}
    )
    assert bool(breaches([MostSpent(Decimal(most), "USD", HOUR)], paid)) == exceeded
