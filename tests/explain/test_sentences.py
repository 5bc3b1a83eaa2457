"""The explanation says everything that a mandate has, to people and to programs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from peculium import (
    Argument,
    Budget,
    CallRule,
    ChequeBook,
    Floor,
    GasTerms,
    LimitedPayee,
    Mandate,
    Remaining,
    Token,
    Window,
    WindowState,
)
from peculium.explain import Group, Sentence, WalletState, explain, text_of

A, B, C, D, E, F, G = (f"0x{digit * 40}" for digit in "1234567")
START, HOUR, DAY = 1_800_000_000, timedelta(hours=1), timedelta(days=1)
BUDGET = Budget(
    "USD", 50, 9_000, [Window(DAY, 500), Window(7 * DAY, 1_000)], [Token(C, 6), Token(D, 18)], [E],
    [LimitedPayee(F, 10, START + 1_000)], stranger_payment_limit=2, stranger_window_limit=100, spent_at_most=3,
)  # fmt: skip
RULE = CallRule(
    A,
    "f(uint256,address)",
    [Argument.at_most(5), Argument.equal(E)],
    0,
    20,
    C,
    1,
    Floor(D, 9, 10),
    max_calls=3,
    window=DAY,
)
BOOK = ChequeBook(C, 2, 1, HOUR)
GAS = GasTerms("0.001", "0.003", DAY)
MANDATE = Mandate(
    A,
    B,
    START,
    START + 30 * 86_400,
    [BUDGET],
    4,
    5,
    b"\1" * 32,
    "https://terms.example",
    [RULE],
    [BOOK],
    2,
    DAY,
    HOUR,
    GAS,
)


def budget(**changes):
    return {"budgets": [replace(BUDGET, **changes)]}


def rule(**changes):
    return {"calls": [replace(RULE, **changes)]}


def book(**changes):
    return {"cheque_books": [replace(BOOK, **changes)]}


CHANGES = {
    "principal": {"principal": G},
    "agent key": {"agent_key": G},
    "start": {"valid_from": START + 1},
    "end": {"valid_until": START + 29 * 86_400},
    "epoch": {"epoch": 6},
    "round": {"round": 6},
    "hash of terms": {"terms_hash": b"\2" * 32},
    "terms": {"terms_uri": ""},
    "requests": {"max_requests": 3},
    "age of requests": {"max_request_age": HOUR},
    "authorizations": {"max_authorization_age": DAY},
    "guard": {"guard": G, "cheque_books": []},
    "currency": budget(currency="EUR"),
    "payment": budget(payment_limit=49),
    "life": budget(lifetime_limit=9_001),
    "window": budget(windows=[Window(DAY, 499), BUDGET.windows[1]]),
    "window's length": budget(windows=[BUDGET.windows[0], Window(8 * DAY, 1_000)]),
    "token": budget(tokens=[Token(C, 6), Token(G, 18)], payees=[E]) | {"calls": []},
    "decimals of a token": budget(tokens=[Token(C, 7), Token(D, 18)]),
    "decimals": budget(decimals=7),
    "payee": budget(payees=[E, G]),
    "limited payee": budget(limited_payees=[LimitedPayee(G, 10, START + 1_000)]),
    "payee's limit": budget(limited_payees=[LimitedPayee(F, 11, START + 1_000)]),
    "payee's end": budget(limited_payees=[LimitedPayee(F, 10, START + 1_001)]),
    "one payment to strangers": budget(stranger_payment_limit=1),
    "all strangers": budget(stranger_window_limit=99),
    "seen": budget(spent_at_most=4),
    "target": rule(target=G),
    "function": rule(function="g(uint256,address)"),
    "variant": rule(variant=2),
    "token of a rule": rule(token=D, floor=Floor(C, 9, 10)),
    "pull": rule(pull_limit=21),
    "number of calls": rule(max_calls=4),
    "window of a rule": rule(window=HOUR),
    "floor": rule(floor=Floor(D, 8, 10)),
    "argument": rule(arguments=[Argument.at_most(6), RULE.arguments[1]]),
    "value of an argument": rule(arguments=[RULE.arguments[0], Argument.equal(F)]),
    "token of cheques": book(token=D),
    "number of cheques": book(count=3),
    "limit of cheques": book(limit="0.5"),
    "period": book(period=2 * HOUR),
    "cheques to strangers": book(strangers=True),
    "cost of an operation": {"gas_terms": replace(GAS, operation_limit="0.002")},
    "cost of all operations": {"gas_terms": replace(GAS, window_limit="0.002")},
    "window of gas": {"gas_terms": replace(GAS, window=HOUR)},
}


@pytest.mark.parametrize("field", CHANGES)
def test_every_field_changes_the_explanation(field):
    other = replace(MANDATE, **CHANGES[field])
    assert other.hash() != MANDATE.hash()
    assert text_of(explain(other)) != text_of(explain(MANDATE))


def test_has_a_sentence_of_every_group_in_their_order():
    noted = replace(MANDATE, calls=[replace(RULE, arguments=[Argument.at_most(5), Argument.any_address()])])
    guarded = replace(noted, guard=G, cheque_books=[])
    groups = [each.group for each in explain(noted)]
    assert groups == sorted(groups, key=list(Group).index)
    assert set(groups) | {each.group for each in explain(guarded)} == set(Group) - {Group.NOW}


def test_is_ready_for_a_program():
    found = [each.as_dict() for each in explain(MANDATE)]
    assert json.loads(json.dumps(found)) == found
    # In all: five times the 662 that cheques leave of a week, and 1,440 by cheques.
    worst = next(each for each in found if each["kind"] == "worst_case")
    assert worst["data"] == {"currency": "USD", "gas": False, "now": "452", "any_24_hours": "500", "ever": "4750"}


def test_says_names_with_their_addresses():
    text = text_of(explain(MANDATE, {"the supplier": E, "unused": G}))
    assert f"the supplier ({E})" in text
    assert "unused" not in text


def test_foreign_characters_do_not_reach_the_text():
    text = text_of(
        explain(replace(MANDATE, terms_uri="https://\u202eexample\n- It may spend nothing."), {"a\u202eb\n": E})
    )
    assert "\u202e" not in text
    assert "\n- It may spend nothing." not in text


def test_says_what_it_can_never_do():
    bare = Mandate(A, B, START, START + 1, [Budget("USD", 1, 1, [Window(DAY, 1)], [Token(C, 6)], [E])])
    kinds = {each.kind for each in explain(bare) if each.group is Group.NEVER}
    assert kinds == {"authority", "tokens", "strangers", "calls", "requests", "signatures", "gas"}
    assert {each.kind for each in explain(MANDATE) if each.group is Group.NEVER} == {"authority", "tokens"}


def test_has_the_notes_that_are_passed_instead_of_its_own():
    found = explain(MANDATE, notes=["The agent has pre-authorized a payment."])
    assert found[-1] == Sentence(Group.NOTES, "note", "The agent has pre-authorized a payment.")


def test_says_that_the_agent_is_stopped():
    window = WindowState(DAY, Decimal(448), Decimal(448), None, Decimal(0))
    remaining = Remaining(Decimal(50), Decimal(7_000), Decimal(7_000), Decimal(0), None, (window,))
    state = WalletState(MANDATE.hash(), datetime.fromtimestamp(START, UTC), False, {"USD": remaining}, {})
    worst = [each.text for each in explain(MANDATE, state=state) if each.group is Group.WORST_CASE]
    assert worst[0].startswith("It can take at most 0 USD now")
    assert "It is stopped. The other amounts hold if the stop is lifted." in worst


def test_the_package_does_not_load_it_at_the_start():
    loaded = "sorted(name for name in sys.modules if name.startswith(('tomlkit', 'peculium.explain', 'peculium.mandate.toml')))"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys, peculium; print({loaded})"], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"
