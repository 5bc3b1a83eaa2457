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
    Floor,
    GasTerms,
    InvalidInput,
    LimitedPayee,
    Mandate,
    Token,
    Window,
    errors,
)
from verification.testing.guards import guard_selector
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
RULE = CallRule(D, "f()", max_calls=1, window=DAY)
UINT = replace(RULE, function="f(uint256)")
CHARGED = replace(UINT, arguments=(Argument.charged(),))


@pytest.mark.parametrize("decimals", [-1, 256])
def test_token_refuses_decimals_outside_of_8_bits(decimals):
    with pytest.raises(InvalidInput, match="must be an unsigned number of 8 bits"):
        Token(C, decimals)


@pytest.mark.parametrize("limit", ["NaN", "-1", "one", 0.5, "1e2", " 5 ", "1_0", True, 10**80, float("inf"), NO_LIMIT])
def test_window_refuses_a_limit_that_is_not_an_amount(limit):
    with pytest.raises(InvalidInput, match="limit: The amount"):
        Window(DAY, limit)


IN_MILLISECONDS = 1_800_000_000_000
MALFORMED = {
    "a mandate's start in milliseconds": lambda: replace(MANDATE, valid_from=IN_MILLISECONDS),
    "a mandate's end in milliseconds": lambda: replace(MANDATE, valid_until=IN_MILLISECONDS),
    "a mandate's end as float": lambda: replace(MANDATE, valid_until=2_000.0),
    "a payee's end in milliseconds": lambda: LimitedPayee(A, valid_until=IN_MILLISECONDS),
    "a payee's end as float": lambda: LimitedPayee(A, valid_until=2_000.0),
    "a payee's limit as float": lambda: LimitedPayee(A, 5.0),
    "a payee's limit as infinite float": lambda: LimitedPayee(A, float("inf")),
    "a window's length as float": lambda: Window(86_400.0, 5),
    "a window's length as text": lambda: Window("1 day", 5),
    "a period as float": lambda: ChequeBook(C, 2, 5, 3_600.0),
    "a number of cheques as float": lambda: ChequeBook(C, 2.0, 5, DAY),
    "a cheque without limit": lambda: ChequeBook(C, 2, NO_LIMIT, DAY),
    "a token's decimals as text": lambda: Token(C, "6"),
    "a token's decimals as bool": lambda: Token(C, True),
    "a budget's decimals as float": lambda: replace(BUDGET, decimals=6.0),
    "a budget without payment limit": lambda: replace(BUDGET, payment_limit=NO_LIMIT),
    "a budget's limit with an exponent": lambda: replace(BUDGET, lifetime_limit="1e3"),
    "gas terms as float": lambda: GasTerms(0.1, 1, DAY),
    "gas terms with a window as float": lambda: GasTerms(1, 1, 86_400.0),
    "a rule's value as float": lambda: replace(RULE, value_limit=0.5),
    "a rule's pull with blanks": lambda: replace(RULE, pull_limit=" 5 "),
    "a rule's window as float": lambda: replace(RULE, window=3_600.0),
    "a rule's number of calls as float": lambda: replace(RULE, max_calls=1.0),
    "a floor as float": lambda: Floor(E, 1.0, 1),
    "an epoch as text": lambda: replace(MANDATE, epoch="0"),
    "an age in milliseconds": lambda: replace(MANDATE, max_authorization_age=10**11),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_refuses_a_number_in_another_unit_or_of_another_type(case):
    """A mandate for an hour, in milliseconds, would be in force for 57,000 years."""
    with pytest.raises(InvalidInput, match=r"Pass|must be"):
        MALFORMED[case]()


@pytest.mark.parametrize("function", ["deposit", "deposit(uint256", "0x1234", "deposit (uint256)", ""])
def test_call_rule_refuses_a_malformed_function(function):
    with pytest.raises(InvalidInput, match="isn't a function"):
        CallRule(D, function, max_calls=1, window=DAY)


@pytest.mark.parametrize("value", [-1, 2**256, b"\1", "0x12"])
def test_argument_refuses_a_value_that_is_not_a_word(value):
    with pytest.raises(InvalidInput):
        Argument.equal(value)


def test_budget_refuses_a_limit_above_96_bits():
    with pytest.raises(InvalidInput, match="is too large; the maximum with 6 decimals is"):
        BUDGET.units(Decimal(2**96) / 10**6)


def test_mandate_refuses_a_hash_that_is_not_32_bytes():
    with pytest.raises(InvalidInput, match="terms_hash has 31 bytes"):
        replace(MANDATE, terms_hash=bytes(31))


def test_mandate_refuses_a_rule_without_a_token_if_it_lists_several():
    """The rule's token decides which budget is charged, so it is never guessed."""
    budget = replace(BUDGET, tokens=(Token(C, 6), Token(E, 6)))
    with pytest.raises(InvalidInput, match="names no token, and the mandate lists 2"):
        replace(MANDATE, budgets=(budget,), calls=(replace(RULE, token=""),))


@pytest.mark.parametrize(("field", "value"), [("variant", 256), ("variant", -1), ("max_calls", 2**32)])
def test_call_rule_refuses_a_number_that_does_not_fit(field, value):
    with pytest.raises(InvalidInput, match=f"{field} is {value}; it must be an unsigned number"):
        replace(RULE, **{field: value})


@pytest.mark.parametrize("numbers", [(2**96, 1), (1, 2**96), (-1, 1)])
def test_floor_refuses_a_number_that_does_not_fit(numbers):
    with pytest.raises(InvalidInput, match=r"A number of the floor is .* must be an unsigned number of 96 bits"):
        Floor(E, *numbers)


@pytest.mark.parametrize("at_least", [Decimal(1) / 3, "NaN", "-1"])
def test_floor_refuses_a_price_that_it_can_not_hold(at_least):
    with pytest.raises(InvalidInput):
        Floor.of(E, 6, at_least, 18)


INVALID = {
    "agent key is the principal": (errors.InvalidAgentKey, {"agent_key": A}),
    "agent key is zero": (errors.InvalidAgentKey, {"agent_key": "0x" + "00" * 20}),
    "end equals start": (errors.ValidityInverted, {"valid_until": 1_000}),
    "no budget": (errors.InvalidBudgetCount, {"budgets": ()}),
    "requests without age": (errors.RequestTermsContradict, {"max_requests": 1}),
    "gas terms without window": (errors.GasTermsContradict, {"gas_terms": GasTerms(Decimal(1), Decimal(1))}),
    "a guard beside a cheque book": (errors.GuardBesideChequeBook, {"guard": E, "cheque_books": (BOOK,)}),
    "a token as guard": (errors.GuardIsToken, {"guard": C}),
    "the token of a floor as guard": (
        errors.GuardIsToken,
        {"guard": E, "calls": (replace(CHARGED, floor=Floor(E, 1, 1)),)},
    ),
    "the guard as payee": (errors.PayeeRefused, {"guard": B}),
    "the guard as a payee with a limit": (
        errors.PayeeRefused,
        {"guard": E, "budgets": (replace(BUDGET, limited_payees=(LimitedPayee(E, 5),)),)},
    ),
    "the guard as a target": (errors.TargetRefused, {"guard": D, "calls": (RULE,)}),
    "cheques in an unlisted token": (errors.InvalidChequeToken, {"cheque_books": (replace(BOOK, token=D),)}),
    "two cheque books": (errors.ChequeBookTwice, {"cheque_books": (BOOK, BOOK)}),
    "cheque above the payment limit": (
        errors.InvalidChequeLimit,
        {"cheque_books": (replace(BOOK, limit=Decimal("10.000001")),)},
    ),
    "cheques above the window": (errors.ChequesExceedLimit, {"cheque_books": (replace(BOOK, count=11),)}),
}


@pytest.mark.parametrize("decimals", [2, 6, 18])
def test_contradicting_limits_are_shown_in_whole_units(decimals):
    budget = replace(BUDGET, payment_limit=101, decimals=decimals)
    with pytest.raises(errors.LimitsContradict, match="101 USD must be at most 100 USD") as caught:
        replace(MANDATE, budgets=(budget,)).check()
    assert caught.value.money == errors.Money("USD", Decimal(101), Decimal(100))


def test_limit_of_a_cheque_is_shown_in_whole_units():
    mandate = replace(MANDATE, cheque_books=(replace(BOOK, limit="10.5"),))
    with pytest.raises(errors.InvalidChequeLimit, match=r"is 10\.5 USD; it must be above zero and at most 10 USD"):
        mandate.check()


NATIVE_BUDGET = replace(BUDGET, currency="ETH", tokens=(Token(NATIVE, 18),))
INVALID_RULES = {
    "a listed token as target": (errors.TargetRefused, [replace(RULE, target=C)]),
    "no selector": (errors.InvalidSelector, [replace(RULE, function="0x00000000")]),
    "a function with which a wallet asks its guard": (
        errors.ReservedForGuards,
        [replace(RULE, function="0x" + guard_selector("onCharge").hex())],
    ),
    "a function with which a wallet reports to its guard": (
        errors.ReservedForGuards,
        [replace(RULE, function="0x" + guard_selector("onClose").hex())],
    ),
    "a rule twice": (errors.CallsNotAscending, [RULE, RULE]),
    "a variant that allows more calls": (errors.VariantsDiffer, [RULE, replace(RULE, variant=1, max_calls=2)]),
    "a variant with another window": (errors.VariantsDiffer, [RULE, replace(RULE, variant=1, window=2 * DAY)]),
    "an unlisted token": (errors.InvalidCallToken, [replace(RULE, token=E)]),
    "native value and no budget for it": (errors.NativeNotBudgeted, [replace(RULE, value_limit=Decimal(1))]),
    "no call": (errors.InvalidMaxCalls, [replace(RULE, max_calls=0)]),
    "a window of an odd length": (errors.InvalidCallWindow, [replace(RULE, window=timedelta(seconds=3601))]),
    "too short a window": (errors.InvalidCallWindow, [replace(RULE, window=timedelta(minutes=1))]),
    "too many arguments": (errors.InvalidArgumentCount, [replace(RULE, arguments=(Argument.any(),) * 17)]),
    "one_of without values": (
        errors.InvalidArgumentValues,
        [replace(UINT, arguments=(Argument(ArgumentKind.ONE_OF),))],
    ),
    "at_least without value": (
        errors.InvalidArgumentValues,
        [replace(UINT, arguments=(Argument(ArgumentKind.AT_LEAST),))],
    ),
    "two charged arguments": (errors.ChargedTwice, [replace(UINT, arguments=(Argument.charged(),) * 2)]),
    "a charged argument beside a pull": (errors.ChargedTwice, [replace(CHARGED, pull_limit=Decimal(1))]),
    "a tail before an argument": (
        errors.InvalidTail,
        [replace(UINT, arguments=(Argument.tail_in(b""), Argument.any()))],
    ),
    "a tail after bytes": (
        errors.InvalidTail,
        [replace(UINT, arguments=(Argument.any_bytes(), Argument.tail_in(b"")))],
    ),
    "half a floor": (errors.FloorIncomplete, [replace(CHARGED, floor=Floor(E, 1, 0))]),
    "a token to gain and no floor": (errors.GainTokenWithoutFloor, [replace(CHARGED, floor=Floor(E, 0, 0))]),
    "a floor in the token that it charges": (errors.FloorInOwnToken, [replace(CHARGED, floor=Floor(C, 1, 1))]),
    "a floor and nothing to charge": (errors.FloorWithoutCharge, [replace(UINT, floor=Floor(E, 1, 1))]),
}
INVALID_NATIVE_RULES = {
    "a floor that does not count its value": (
        errors.ValueBesideFloor,
        {"token": C, "arguments": (Argument.charged(),), "value_limit": Decimal(1), "floor": Floor(E, 1, 1)},
    ),
    "a pull of the native currency": (errors.NativeNotPullable, {"pull_limit": Decimal(1)}),
    "a charged argument beside its value": (
        errors.ChargedTwice,
        {"arguments": (Argument.charged(),), "value_limit": Decimal(1)},
    ),
}
INVALID_BUDGETS = {
    "currency without name": (errors.InvalidCurrency, {"currency": ""}),
    "too long a currency": (errors.InvalidCurrency, {"currency": "A" * 13}),
    "a currency in small letters": (errors.InvalidCurrency, {"currency": "usd"}),
    "a currency that looks like another": (errors.InvalidCurrency, {"currency": "US\N{CYRILLIC CAPITAL LETTER DZE}"}),
    "a currency with a line break": (errors.InvalidCurrency, {"currency": "USD\n"}),
    "strangers without window": (errors.StrangerLimitsContradict, {"stranger_payment_limit": Decimal(1)}),
    "strangers without payment": (errors.StrangerLimitsContradict, {"stranger_window_limit": Decimal(1)}),
    "strangers above the payment": (
        errors.LimitsContradict,
        {"stranger_payment_limit": Decimal(11), "stranger_window_limit": Decimal(20)},
    ),
    "strangers above their window": (
        errors.LimitsContradict,
        {"stranger_payment_limit": Decimal(5), "stranger_window_limit": Decimal(4)},
    ),
    "strangers above the window": (
        errors.LimitsContradict,
        {"stranger_payment_limit": Decimal(5), "stranger_window_limit": Decimal(101)},
    ),
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


def test_check_allows_a_guard_beside_every_power_but_cheques():
    """Whether it accepts is asked on the chain."""
    rules = (replace(CHARGED, target=D, floor=Floor(A, 1, 1)),)
    replace(MANDATE, guard=E, calls=rules, max_requests=1, max_request_age=DAY, max_authorization_age=DAY).check()


@pytest.mark.parametrize("guard", ["0x" + "11" * 19, "guard", b"1", 7])
def test_mandate_refuses_a_guard_that_is_no_address(guard):
    with pytest.raises(InvalidInput):
        replace(MANDATE, guard=guard)


@pytest.mark.parametrize("name", INVALID_RULES)
def test_check_refuses_a_call_rule_with(name):
    error, rules = INVALID_RULES[name]
    with pytest.raises(error):
        replace(MANDATE, calls=rules).check()


@pytest.mark.parametrize("name", INVALID_NATIVE_RULES)
def test_check_refuses_a_native_call_rule_with(name):
    error, changes = INVALID_NATIVE_RULES[name]
    with pytest.raises(error):
        replace(MANDATE, budgets=(BUDGET, NATIVE_BUDGET), calls=[replace(UINT, **{"token": NATIVE, **changes})]).check()


@pytest.mark.parametrize(
    ("changes", "limit"),
    [({"limit": Decimal(3)}, 2_000_000), ({"count": 3, "limit": Decimal(2)}, 10_000_000)],
)
def test_check_refuses_cheques_to_strangers_above_their_limits(changes, limit):
    """Two days touch any window of one day, so three cheques of 2 a day could reach 12."""
    budget = replace(BUDGET, stranger_payment_limit=2, stranger_window_limit=10)
    with pytest.raises((errors.InvalidChequeLimit, errors.ChequesExceedLimit)) as caught:
        replace(MANDATE, budgets=(budget,), cheque_books=(replace(BOOK, strangers=True, **changes),)).check()
    assert limit in caught.value.arguments.values()


@pytest.mark.parametrize("name", INVALID_BUDGETS)
def test_check_refuses_a_budget_with(name):
    error, changes = INVALID_BUDGETS[name]
    with pytest.raises(error):
        replace(MANDATE, budgets=(replace(BUDGET, **changes),)).check()


def test_check_refuses_two_budgets_in_one_currency():
    with refuses(errors.CurrencyTwice, currency="USD"):
        replace(MANDATE, budgets=(BUDGET, replace(BUDGET, tokens=(Token(D, 6),)))).check()


def test_check_accepts_a_valid_mandate():
    replace(MANDATE, cheque_books=(BOOK,), calls=(RULE,)).check(now=1_999)


def test_check_accepts_a_budget_of_calls_alone():
    """A rule needs a budget, but the budget no payee."""
    replace(MANDATE, budgets=(replace(BUDGET, payees=()),), calls=(RULE,)).check()


def test_check_accepts_a_floor_for_native_value():
    rule = replace(UINT, token=NATIVE, value_limit=Decimal(1), floor=Floor(C, 1, 1))
    replace(MANDATE, budgets=(NATIVE_BUDGET,), calls=(rule,)).check()


def test_check_accepts_variants_that_agree():
    replace(MANDATE, calls=(RULE, replace(RULE, variant=1))).check()


def test_mandate_fills_in_its_only_token():
    assert replace(MANDATE, calls=(RULE,)).calls[0].token == C


def test_floor_is_a_fraction_of_base_units():
    """0.0003 of a token with 18 decimals for each whole token with 6."""
    assert Floor.of(E, 18, "0.0003", 6) == Floor(E, 300_000_000, 1)
    assert Floor.of(E, 6, "0.95", 18) == Floor(E, 19, 20 * 10**12)


def test_call_rule_takes_a_signature_or_a_selector():
    selector = keccak(text="deposit(uint256)")[:4]
    assert replace(RULE, function="deposit(uint256)").selector == selector
    assert replace(RULE, function="0x" + selector.hex()).selector == selector


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
        (Argument.at_least(1), ArgumentKind.AT_LEAST),
        (Argument.charged(), ArgumentKind.CHARGED),
        (Argument.tail_in(b"tail"), ArgumentKind.TAIL_IN),
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


def test_in_round_changes_only_the_round():
    successor = MANDATE.in_round(3)
    assert successor == replace(MANDATE, round=3)
    assert successor != MANDATE


def test_budget_converts_between_whole_units_and_base_units():
    assert BUDGET.units("1.5") == 1_500_000
    assert BUDGET.whole(1_500_000) == Decimal("1.5")
    assert BUDGET.currency_key == keccak(text="USD")
