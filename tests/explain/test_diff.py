"""Each difference of two mandates is in the right class: wider, narrower, or neither."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peculium import (
    NATIVE,
    NO_LIMIT,
    Argument,
    Budget,
    CallRule,
    ChequeBook,
    Floor,
    GasTerms,
    LimitedPayee,
    Mandate,
    Token,
    Window,
    errors,
)
from peculium.explain import Direction, diff

A, B, C, D, E, F = (f"0x{digit * 40}" for digit in "123456")
START, HOUR, DAY = 1_800_000_000, timedelta(hours=1), timedelta(days=1)
WIDER, NARROWER, CHANGED = Direction
BUDGET = Budget(
    "USD", 50, 5_000, [Window(DAY, 500), Window(7 * DAY, 1_000)], [Token(C, 6), Token(D, 18)], [E],
    [LimitedPayee(F, 10, START + 1_000)],
)  # fmt: skip
STRANGERS = replace(BUDGET, stranger_payment_limit=1, stranger_window_limit=100)
ETHER = Budget("ETH", 1, 10, [Window(DAY, 5)], [Token(NATIVE, 18)], [E], decimals=18)
RULE = CallRule(
    A, "f(uint256,address)", [Argument.at_most(5), Argument.any_address()], "0.5", 20, C, max_calls=3, window=DAY
)
FLOOR = replace(RULE, value_limit=0, floor=Floor(E, 9, 10))
BOOK = ChequeBook(C, 4, 1, HOUR)
GAS = GasTerms("0.001", "0.003", DAY)
MANDATE = Mandate(A, B, START, START + 30 * 86_400, [BUDGET, ETHER])


def with_budget(budget, **changes):
    return replace(MANDATE, budgets=[budget, ETHER], **changes)


def with_rule(rule):
    return replace(MANDATE, calls=[rule])


def arguments(*given):
    return replace(RULE, arguments=list(given))


BASE = with_budget(BUDGET)
G = "0x" + "77" * 20
CASES = {
    # Name: old, new, field, direction.
    "principal": (BASE, replace(BASE, principal=G), "principal", CHANGED),
    "agent key": (BASE, replace(BASE, agent_key=G), "agent_key", CHANGED),
    "start": (BASE, replace(BASE, valid_from=START - 1), "valid_from", WIDER),
    "end": (BASE, replace(BASE, valid_until=START + 31 * 86_400), "valid_until", WIDER),
    "epoch": (BASE, replace(BASE, epoch=1), "epoch", CHANGED),
    "round": (BASE, replace(BASE, round=1), "round", CHANGED),
    "terms": (BASE, replace(BASE, terms_uri="https://terms.example"), "terms", CHANGED),
    "hash of terms": (BASE, replace(BASE, terms_hash=b"\1" * 32), "terms_hash", CHANGED),
    "new guard": (BASE, replace(BASE, guard=G), "guard", NARROWER),
    "other guard": (replace(BASE, guard=G), replace(BASE, guard="0x" + "88" * 20), "guard", CHANGED),
    "new budget": (replace(BASE, budgets=[BUDGET]), BASE, "budget.ETH", WIDER),
    "payment": (BASE, with_budget(replace(BUDGET, payment_limit=51)), "budget.USD.per_payment", WIDER),
    "life": (BASE, with_budget(replace(BUDGET, lifetime_limit=5_001)), "budget.USD.ever", WIDER),
    "seen": (BASE, with_budget(replace(BUDGET, spent_at_most=5)), "budget.USD.spent_at_most", NARROWER),
    "decimals": (BASE, with_budget(replace(BUDGET, decimals=7)), "budget.USD.decimals", CHANGED),
    "window": (
        BASE,
        with_budget(replace(BUDGET, windows=[Window(DAY, 501), BUDGET.windows[1]])),
        "budget.USD.window.86400",
        WIDER,
    ),
    "new window": (
        BASE,
        with_budget(replace(BUDGET, windows=[*BUDGET.windows, Window(30 * DAY, 1_500)])),
        "budget.USD.window.2592000",
        NARROWER,
    ),
    "window without effect": (
        BASE,
        with_budget(replace(BUDGET, windows=[*BUDGET.windows, Window(30 * DAY, 5_000)])),
        "budget.USD.window.2592000",
        CHANGED,
    ),
    "new token": (
        BASE,
        with_budget(replace(BUDGET, tokens=[*BUDGET.tokens, Token(G, 6)])),
        f"budget.USD.token.{G}",
        WIDER,
    ),
    "decimals of a token": (
        BASE,
        with_budget(replace(BUDGET, tokens=[Token(C, 7), Token(D, 18)])),
        f"budget.USD.token.{C}.decimals",
        CHANGED,
    ),
    "order of tokens": (BASE, with_budget(replace(BUDGET, tokens=BUDGET.tokens[::-1])), "order", CHANGED),
    "order of budgets": (BASE, replace(BASE, budgets=[ETHER, BUDGET]), "order", CHANGED),
    "new payee": (BASE, with_budget(replace(BUDGET, payees=[E, G])), f"budget.USD.payee.{G}", WIDER),
    "payee's limit": (
        BASE,
        with_budget(replace(BUDGET, limited_payees=[LimitedPayee(F, 11, START + 1_000)])),
        f"budget.USD.payee.{F}",
        WIDER,
    ),
    "payee's end": (
        BASE,
        with_budget(replace(BUDGET, limited_payees=[LimitedPayee(F, 10, START + 999)])),
        f"budget.USD.payee.{F}",
        NARROWER,
    ),
    "payee's limit and end": (
        BASE,
        with_budget(replace(BUDGET, limited_payees=[LimitedPayee(F, 11, START + 999)])),
        f"budget.USD.payee.{F}",
        CHANGED,
    ),
    "payee gets terms of its own": (
        BASE,
        with_budget(replace(BUDGET, payees=[], limited_payees=[*BUDGET.limited_payees, LimitedPayee(E, NO_LIMIT)])),
        f"budget.USD.payee.{E}",
        NARROWER,
    ),
    "stranger becomes a payee": (
        with_budget(STRANGERS),
        with_budget(replace(STRANGERS, payees=[E, G])),
        f"budget.USD.payee.{G}",
        WIDER,
    ),
    "stranger gets terms of its own": (
        with_budget(STRANGERS),
        with_budget(replace(STRANGERS, limited_payees=[*BUDGET.limited_payees, LimitedPayee(G, 1)])),
        f"budget.USD.payee.{G}",
        CHANGED,
    ),
    "one payment to strangers": (
        with_budget(STRANGERS),
        with_budget(replace(STRANGERS, stranger_payment_limit=2)),
        "budget.USD.strangers.per_payment",
        WIDER,
    ),
    "all strangers": (
        with_budget(STRANGERS),
        with_budget(replace(STRANGERS, stranger_window_limit=99)),
        "budget.USD.strangers.limit",
        NARROWER,
    ),
    "new cheque book": (BASE, replace(BASE, cheque_books=[BOOK]), "budget.USD.cheques", WIDER),
    **{
        f"cheques' {name}": (
            with_budget(STRANGERS, cheque_books=[replace(BOOK, limit="0.5")]),
            with_budget(STRANGERS, cheque_books=[replace(BOOK, **{"limit": "0.5", name: value})]),
            f"budget.USD.cheques.{name}",
            direction,
        )
        for name, value, direction in (
            ("token", D, CHANGED),
            ("count", 3, NARROWER),
            ("limit", "0.6", WIDER),
            ("period", 2 * HOUR, NARROWER),
        )
    },
    "new rule": (MANDATE, with_rule(RULE), f"call.{A}.{RULE.selector.hex()}.0", WIDER),
    "number of a variant": (
        with_rule(RULE),
        with_rule(replace(RULE, variant=1)),
        f"call.{A}.{RULE.selector.hex()}.variant",
        CHANGED,
    ),
    **{
        f"rule's {name}": (
            with_rule(old),
            with_rule(new),
            f"call.{A}.{RULE.selector.hex()}.0.{name}",
            direction,
        )
        for name, old, new, direction in (
            ("token", RULE, replace(RULE, token=D), CHANGED),
            ("value", RULE, replace(RULE, value_limit="0.4"), NARROWER),
            ("pull", RULE, replace(RULE, pull_limit=21), WIDER),
            ("max_calls", RULE, replace(RULE, max_calls=2), NARROWER),
            ("window", RULE, replace(RULE, window=HOUR), WIDER),
            ("floor", replace(FLOOR, floor=None), FLOOR, NARROWER),
            ("floor", FLOOR, replace(FLOOR, floor=Floor(E, 8, 10)), WIDER),
            ("floor", FLOOR, replace(FLOOR, floor=Floor(G, 8, 10)), CHANGED),
            ("floor", FLOOR, replace(FLOOR, floor=Floor(E, 18, 20)), CHANGED),
            ("arguments", RULE, arguments(Argument.at_most(5)), CHANGED),
        )
    },
}
CASES |= {
    f"rule's argument, {i}": (
        with_rule(arguments(old)),
        with_rule(arguments(new)),
        f"call.{A}.{RULE.selector.hex()}.0.arguments.1",
        direction,
    )
    for i, (old, new, direction) in enumerate(
        (
            (Argument.at_most(5), Argument.at_most(6), WIDER),
            (Argument.at_least(5), Argument.at_least(6), NARROWER),
            (Argument.equal(5), Argument.one_of(5, 6), WIDER),
            (Argument.one_of(5, 6), Argument.one_of(6, 5), CHANGED),
            (Argument.one_of(5, 6), Argument.one_of(6, 7), CHANGED),
            (Argument.any(), Argument.equal(5), NARROWER),
            (Argument.any_address(), Argument.any(), WIDER),
            (Argument.this_wallet(), Argument.any_address(), WIDER),
            (Argument.this_wallet(), Argument.equal(5), CHANGED),
            (Argument.listed_payee(), Argument.this_wallet(), CHANGED),
            (Argument.at_most(5), Argument.at_least(5), CHANGED),
            (Argument.equal(5), Argument.at_most(4), CHANGED),
            (Argument.any_bytes(), Argument.any(), CHANGED),
            (Argument.tail_in(b"a"), Argument.tail_in(b"a", b"b"), WIDER),
        )
    )
}
CASES |= {
    "requests": (
        replace(BASE, max_requests=1, max_request_age=DAY),
        replace(BASE, max_requests=2, max_request_age=DAY),
        "requests.count",
        WIDER,
    ),
    "age of requests": (
        replace(BASE, max_requests=1, max_request_age=DAY),
        replace(BASE, max_requests=1, max_request_age=HOUR),
        "requests.longest_age",
        NARROWER,
    ),
    "authorizations": (BASE, replace(BASE, max_authorization_age=HOUR), "authorizations.longest_age", WIDER),
    "new gas terms": (BASE, replace(BASE, gas_terms=GAS), "gas", WIDER),
    **{
        f"gas, {name}": (replace(BASE, gas_terms=GAS), replace(BASE, gas_terms=new), f"gas.{name}", direction)
        for name, new, direction in (
            ("per_operation", replace(GAS, operation_limit="0.002"), WIDER),
            ("limit", replace(GAS, window_limit="0.002"), NARROWER),
            ("window", replace(GAS, window=HOUR), WIDER),
        )
    },
}


def fields(old, new):
    """Field and direction of each difference, without those of the worst case."""
    return [(each.field, each.direction) for each in diff(old, new) if not each.field.startswith("worst_case")]


def test_refuses_a_mandate_that_no_wallet_takes():
    with pytest.raises(errors.InvalidBudgetCount):
        diff(MANDATE, replace(MANDATE, budgets=[]))


@pytest.mark.parametrize("case", CASES)
def test_a_change_of_one_field_is_in_its_class(case):
    old, new, field, direction = CASES[case]
    assert old.hash() != new.hash()
    assert fields(old, new) == [(field, direction)]
    assert fields(new, old) == [(field, direction.mirror)]


@pytest.mark.parametrize("mandate", [old for old, *_ in CASES.values()])
def test_equal_mandates_have_no_difference(mandate):
    assert diff(mandate, replace(mandate)) == []


def test_a_longer_window_with_the_same_limit_is_narrower_and_the_shorter_one_is_not_missed():
    short = replace(MANDATE, budgets=[replace(BUDGET, windows=[Window(DAY, 500)])])
    long = replace(MANDATE, budgets=[replace(BUDGET, windows=[Window(2 * DAY, 500)])])
    assert fields(short, long) == [("budget.USD.window.86400", CHANGED), ("budget.USD.window.172800", NARROWER)]


def test_a_payee_that_leaves_while_strangers_are_paid_has_less():
    assert fields(with_budget(replace(STRANGERS, payees=[E, G])), with_budget(STRANGERS)) == [
        (f"budget.USD.payee.{G}", NARROWER)
    ]


def test_says_the_worst_case_before_and_after():
    wider = with_budget(replace(BUDGET, windows=[Window(DAY, 600), BUDGET.windows[1]]))
    found = {each.field: each for each in diff(MANDATE, wider)}
    day = found["worst_case.USD.any_24_hours"]
    assert (day.direction, day.text) == (WIDER, "At most USD in any 24 hours: 600 instead of 500.")


def test_is_ready_for_a_program():
    (found,) = [each.as_dict() for each in diff(MANDATE, replace(MANDATE, round=1))]
    assert found == {
        "direction": "changed",
        "field": "round",
        "text": "Round: 1 instead of 0.",
        "before": "0",
        "after": "1",
    }


MANDATES = [mandate for old, new, *_ in CASES.values() for mandate in (old, new)]


def assert_mirrored(one, other):
    there, back = diff(one, other), diff(other, one)
    assert bool(there) == (one.hash() != other.hash())
    assert sorted((each.field, each.direction, str(each.before), str(each.after)) for each in there) == sorted(
        (each.field, each.direction.mirror, str(each.after), str(each.before)) for each in back
    )


@pytest.mark.parametrize("case", CASES)
def test_a_change_of_one_field_the_other_way_around_is_the_mirror(case):
    assert_mirrored(*CASES[case][:2])


@given(st.sampled_from(MANDATES), st.sampled_from(MANDATES))
@settings(max_examples=60, deadline=None)
def test_the_other_way_around_is_the_mirror(one, other):
    assert_mirrored(one, other)
