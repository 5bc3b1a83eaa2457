"""Construction and `check` of a mandate and its parts; hashes and encoding are in test_mandate_hash.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import keccak

from peculium import (
    FOREVER,
    NATIVE,
    NO_LIMIT,
    Argument,
    ArgumentKind,
    Budget,
    CallRule,
    ChequeBook,
    GasTerms,
    InvalidInput,
    LimitedPayee,
    Mandate,
    Token,
    Window,
)
from peculium import exceptions as errors
from verification.testing.refusals import refuses

A, B, C, D, E = (f"0x{digit * 40}" for digit in "12345")
DAY = timedelta(days=1)
BUDGET = Budget(
    currency="USD",
    payment_limit=Decimal(10),
    lifetime_limit=Decimal(1000),
    windows=(Window(DAY, Decimal(100)),),
    tokens=(Token(C, 6),),
    payees=(A, B),
)
MANDATE = Mandate(principal=A, agent_key=B, valid_from=1_000, valid_until=2_000, budgets=(BUDGET,))
BOOK = ChequeBook(C, 2, Decimal(5), DAY)


@pytest.mark.parametrize("decimals", [-1, 256])
def test_token_refuses_decimals_outside_of_8_bits(decimals):
    with pytest.raises(InvalidInput, match="it must have 0 to 255"):
        Token(C, decimals)


@pytest.mark.parametrize("limit", ["NaN", "-1", "one", 0.5])
def test_window_refuses_a_limit_that_is_not_an_amount(limit):
    with pytest.raises(InvalidInput):
        Window(DAY, limit)


@pytest.mark.parametrize("function", ["deposit", "deposit(uint256", "0x1234", "deposit (uint256)", ""])
def test_call_rule_refuses_a_malformed_function(function):
    with pytest.raises(InvalidInput, match="isn't a function"):
        CallRule(D, function)


@pytest.mark.parametrize("value", [-1, 2**256, b"\1", "0x12"])
def test_argument_refuses_a_value_that_is_not_a_word(value):
    with pytest.raises(InvalidInput):
        Argument.equal(value)


def test_budget_refuses_a_limit_above_96_bits():
    with pytest.raises(InvalidInput, match="is too large; the maximum with 6 decimals is"):
        BUDGET.units(Decimal(2**96) / 10**6)


@pytest.mark.parametrize("field", ["replaces", "terms_hash"])
def test_mandate_refuses_a_hash_that_is_not_32_bytes(field):
    with pytest.raises(InvalidInput, match=f"{field} has 31 bytes"):
        replace(MANDATE, **{field: bytes(31)})


INVALID = {
    "agent key is the principal": (errors.InvalidAgentKey, {"agent_key": A}),
    "agent key is zero": (errors.InvalidAgentKey, {"agent_key": "0x" + "00" * 20}),
    "end equals start": (errors.ValidityInverted, {"valid_until": 1_000}),
    "no budget": (errors.InvalidBudgetCount, {"budgets": ()}),
    "requests without age": (errors.RequestTermsContradict, {"max_requests": 1}),
    "gas terms without window": (errors.GasTermsContradict, {"gas_terms": GasTerms(Decimal(1), Decimal(1))}),
    "call to a listed token": (errors.TargetRefused, {"calls": (CallRule(C, "f()"),)}),
    "call without selector": (errors.InvalidSelector, {"calls": (CallRule(D, "0x00000000"),)}),
    "call rule twice": (errors.CallsNotAscending, {"calls": (CallRule(D, "f()"),) * 2}),
    "native value without budget": (errors.NativeNotBudgeted, {"calls": (CallRule(D, "f()", (), Decimal(1)),)}),
    "one_of without values": (
        errors.InvalidArgumentValues,
        {"calls": (CallRule(D, "f(uint256)", (Argument(ArgumentKind.ONE_OF),)),)},
    ),
    "cheques in an unlisted token": (errors.InvalidChequeToken, {"cheque_books": (replace(BOOK, token=D),)}),
    "two cheque books": (errors.ChequeBookTwice, {"cheque_books": (BOOK, BOOK)}),
    "cheque above the payment limit": (
        errors.InvalidChequeLimit,
        {"cheque_books": (replace(BOOK, limit=Decimal("10.000001")),)},
    ),
    "cheques above the window": (errors.ChequesExceedLimit, {"cheque_books": (replace(BOOK, count=11),)}),
}
INVALID_BUDGETS = {
    "currency without name": (errors.InvalidCurrency, {"currency": ""}),
    "too many decimals": (errors.InvalidBudgetDecimals, {"decimals": 19, "lifetime_limit": Decimal(0)}),
    "no window": (errors.InvalidWindowCount, {"windows": ()}),
    "window of an odd length": (
        errors.InvalidWindowLength,
        {"windows": (Window(timedelta(seconds=3601), Decimal(100)),)},
    ),
    "window twice": (errors.WindowsNotAscending, {"windows": BUDGET.windows * 2}),
    "payment above the window": (errors.LimitsContradict, {"payment_limit": Decimal(101)}),
    "window above the lifetime": (errors.LimitsContradict, {"lifetime_limit": Decimal(99)}),
    "no token": (errors.InvalidTokenCount, {"tokens": ()}),
    "token twice": (errors.TokenTwice, {"tokens": BUDGET.tokens * 2}),
    "decimals too far apart": (errors.InvalidScale, {"tokens": (Token(C, 25),)}),
    "no payee": (errors.InvalidPayeeCount, {"payees": ()}),
    "any payee and a list": (errors.InvalidPayeeCount, {"any_payee": True}),
    "payee twice": (errors.PayeesNotAscending, {"payees": (A, A)}),
    "payee is a token": (errors.PayeeRefused, {"payees": (A, C)}),
    "payee in both lists": (errors.PayeeTwice, {"limited_payees": (LimitedPayee(A),)}),
    "terms end before the mandate": (
        errors.PayeeNeverValid,
        {"limited_payees": (LimitedPayee(E, valid_until=1_000),)},
    ),
}


@pytest.mark.parametrize("name", INVALID)
def test_check_refuses(name):
    error, changes = INVALID[name]
    with pytest.raises(error):
        replace(MANDATE, **changes).check()


@pytest.mark.parametrize("name", INVALID_BUDGETS)
def test_check_refuses_a_budget_with(name):
    error, changes = INVALID_BUDGETS[name]
    with pytest.raises(error):
        replace(MANDATE, budgets=(replace(BUDGET, **changes),)).check()


def test_check_refuses_two_budgets_in_one_currency():
    with refuses(errors.CurrencyTwice, currency="USD"):
        replace(MANDATE, budgets=(BUDGET, replace(BUDGET, tokens=(Token(D, 6),)))).check()


def test_check_accepts_a_valid_mandate():
    replace(MANDATE, cheque_books=(BOOK,), calls=(CallRule(D, "f()"),)).check(now=1_999)


def test_call_rule_takes_a_signature_or_a_selector():
    selector = keccak(text="deposit(uint256)")[:4]
    assert CallRule(D, "deposit(uint256)").selector == selector
    assert CallRule(D, "0x" + selector.hex()).selector == selector


def test_argument_converts_values_to_words():
    assert Argument.at_most(5).values == ((5).to_bytes(32),)
    assert Argument.one_of(A, b"\1" * 32).values == (bytes(12) + bytes.fromhex(A[2:]), b"\1" * 32)


@pytest.mark.parametrize(
    ("argument", "kind"),
    [
        (Argument.any(), ArgumentKind.ANY),
        (Argument.any_address(), ArgumentKind.ANY_ADDRESS),
        (Argument.equal(1), ArgumentKind.EQUAL),
        (Argument.one_of(1, 2), ArgumentKind.ONE_OF),
        (Argument.at_most(1), ArgumentKind.AT_MOST),
        (Argument.this_wallet(), ArgumentKind.THIS_WALLET),
        (Argument.listed_payee(), ArgumentKind.LISTED_PAYEE),
        (Argument.any_bytes(), ArgumentKind.ANY_BYTES),
        (Argument.any_words(), ArgumentKind.ANY_WORDS),
    ],
)
def test_argument_constructors(argument, kind):
    assert argument.message() == {"kind": int(kind), "values": list(argument.values)}


def test_limited_payee_has_no_terms_by_default():
    message = replace(BUDGET, limited_payees=(LimitedPayee(E),)).message()["limitedPayees"]
    assert message == [{"payee": E, "limit": 2**96 - 1, "validUntil": FOREVER}]
    assert LimitedPayee(E).limit == NO_LIMIT


@pytest.mark.parametrize(("length", "cheques"), [(1, 4), (86_400, 4), (86_401, 6), (10 * 86_400, 22)])
def test_cheque_book_within_counts_one_period_more_than_fit(length, cheques):
    assert BOOK.within(length, 7) == cheques * 7


@pytest.mark.parametrize(("first", "last", "cheques"), [(0, 0, 2), (0, 86_399, 2), (86_399, 86_400, 4)])
def test_cheque_book_between_counts_every_touched_period(first, last, cheques):
    assert BOOK.between(first, last, 7) == cheques * 7


def test_mandate_finds_budget_and_cheque_book_of_a_token():
    mandate = replace(MANDATE, cheque_books=(BOOK,))
    assert mandate.budget_of(C) is BUDGET
    assert mandate.budget_of(NATIVE) is None
    assert mandate.book_of(BUDGET) is BOOK
    assert MANDATE.book_of(BUDGET) is None


def test_replacing_changes_only_the_predecessor():
    successor = MANDATE.replacing(b"\1" * 32)
    assert successor == replace(MANDATE, replaces=b"\1" * 32)
    assert successor != MANDATE


def test_budget_converts_between_whole_units_and_base_units():
    assert BUDGET.units("1.5") == 1_500_000
    assert BUDGET.whole(1_500_000) == Decimal("1.5")
    assert BUDGET.currency_key == keccak(text="USD")
