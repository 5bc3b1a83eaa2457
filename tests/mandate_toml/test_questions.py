"""The questions of a new mandate: defaults that are small and safe, and answers that are refused with what to type."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import InvalidInput
from peculium.errors import PeculiumError
from peculium.mandate.questions import QUESTIONS, answers_of, mandate_from
from peculium.mandate.toml import read_mandate

A, B, C, D, E = ("0x" + digit * 40 for digit in "12345")
LEAST = {"principal": A, "agent_key": B, "token": C, "payees": f"supplier={D}"}
NOW = 1_800_000_000
REFUSED = {
    "no principal": ({"principal": ""}, r"principal: Who answers .* There is no default\. Your address"),
    "no address": ({"principal": "0x12"}, "principal: "),
    "the principal's key": ({"agent_key": A}, "agent_key: .* is the principal. The agent needs a key of its own"),
    "small letters": ({"currency": "usd"}, 'currency: "usd" can\'t be a currency. Type 1 to 12'),
    "blank in a name": ({"token_name": "US D"}, "token_name: .* has a blank"),
    "name like an address": ({"token_name": "0x12"}, "token_name: .* can't be a name"),
    "too many decimals": ({"decimals": "99"}, 'decimals: "99" isn\'t a number of decimals from 0 to 18'),
    "decimals in words": ({"decimals": "six"}, 'decimals: "six" isn\'t a number of decimals'),
    "amount in words": ({"per_payment": "ten"}, 'per_payment: "ten" isn\'t an amount. Type plain digits'),
    "negative amount": ({"per_payment": "-1"}, "per_payment: .* isn't an amount"),
    "other currency": ({"per_payment": "10 EUR"}, r'is in "EUR"; the budget is in USD\. Type 10 USD'),
    "too fine": ({"per_payment": "1.0000001"}, "per_payment: .*at most 6 decimals"),
    "day below a payment": ({"per_day": "5"}, "per_day: 5 USD is less than 10 USD, the answer to per_payment"),
    "all below a day": ({"ever": "5"}, "ever: 5 USD is less than 20 USD, the answer to per_day"),
    "nobody": ({"payees": ""}, r"payees: Whom may it pay .* There is no default\. At least one"),
    "no payee": ({"payees": "supplier"}, r'payees: "supplier" isn\'t a payee\. Type supplier=0x…'),
    "payee twice": ({"payees": f"a={D}, b={D}"}, "payees: .* is a payee already"),
    "name twice": ({"payees": f"a={D}, a={E}"}, "payees: .* is a payee already"),
    "token as payee": ({"payees": C}, "payees: .* can't be payees"),
    "strangers above a payment": ({"strangers_per_payment": "11"}, "is more than 10 USD, the answer to per_payment"),
    "strangers' day too small": (
        {"strangers_per_payment": "2", "strangers_per_day": "1"},
        "strangers_per_day: 1 USD is less than 2 USD, the answer to strangers_per_payment",
    ),
    "too many cheques": ({"cheques": "257"}, "cheques: .* from 0 to 256"),
    "no day": ({"days": "0"}, 'days: "0" isn\'t a number of days from 1 to 366'),
    "another question": ({"per_dya": "1"}, r'"per_dya" is none of the questions\. Did you mean per_day\?'),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_an_answer_and_says_what_to_type(case):
    given, message = REFUSED[case]
    with pytest.raises(InvalidInput, match=message):
        answers_of({**LEAST, **given})


def test_refuses_cheques_that_come_to_more_than_a_limit():
    answers = answers_of({**LEAST, "cheques": "200", "cheque_limit": "10"})
    with pytest.raises(PeculiumError):
        mandate_from(answers, NOW)


def test_defaults_pay_a_little_and_nobody_else():
    made = mandate_from(answers_of(LEAST), NOW)
    (budget,) = made.mandate.budgets
    assert (budget.payment_limit, budget.windows[0].limit, budget.lifetime_limit) == (10, 20, 200)
    assert (budget.payees, budget.stranger_payment_limit, made.mandate.cheque_books) == ((D,), 0, ())
    assert (made.mandate.max_requests, made.mandate.valid_until) == (3, NOW + 30 * 86_400)
    assert not made.mandate.calls
    assert not made.mandate.max_authorization_age
    assert not made.mandate.gas_terms.window


def test_defaults_follow_earlier_answers():
    """No default is refused because of an earlier answer."""
    for payment in ("0.01", "7", "1000 USD"):
        texts = {**LEAST, "per_payment": payment, "strangers_per_payment": "0.01", "cheques": "1"}
        answers = answers_of(texts)
        assert answers["per_day"] == 2 * answers["per_payment"]
        assert answers["strangers_per_day"] == Decimal("0.01")
        assert answers["cheque_limit"] == min(Decimal("0.10"), answers["per_payment"])


def test_all_answers_are_in_the_mandate_and_in_the_file():
    texts = {
        **LEAST,
        "payees": f"supplier = {D},{E}",
        "strangers_per_payment": "0.5",
        "strangers_per_day": "2",
        "cheques": "3",
        "requests": "0",
        "decimals": "18",
        "currency": "EUR",
        "token_name": "EURC",
        "days": "7",
    }
    made = mandate_from(answers_of(texts), NOW)
    (budget,) = made.mandate.budgets
    assert (budget.currency, budget.tokens[0].decimals, budget.payees) == ("EUR", 18, (D, E))
    assert (budget.stranger_payment_limit, budget.stranger_window_limit) == (Decimal("0.5"), 2)
    (book,) = made.mandate.cheque_books
    assert (book.count, book.limit, book.period) == (3, Decimal("0.10"), timedelta(days=1))
    assert made.mandate.max_requests == 0
    assert read_mandate(made.text).mandate.hash() == made.mandate.hash()
    assert made.names == {"supplier": D, "EURC": C}
    assert 'payees = ["supplier", ' in made.text


def test_questions_that_depend_on_zero_are_not_asked():
    asked = [each.key for each in QUESTIONS if each.is_asked({"strangers_per_payment": Decimal(0), "cheques": 0})]
    assert "strangers_per_day" not in asked
    assert "cheque_limit" not in asked
    assert all(each.follows in {other.key for other in QUESTIONS[:i]} | {None} for i, each in enumerate(QUESTIONS))


def test_every_question_is_a_sentence_with_help():
    for each in QUESTIONS:
        assert each.text.endswith("?")
        assert each.help.endswith((".", "…"))
