"""Named changes to a mandate. Most make it invalid; some move a value exactly to its limit.

Each change takes a number that selects a variant. The model decides whether the result is valid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

from peculium.contract import load_abi
from verification.scenarios.chain.codec import Codec
from verification.scenarios.fixtures import FILLER_PAYEES, TOKENS, WALLETS
from verification.scenarios.model.fleet import FLEET
from verification.scenarios.model.gas import MAX_WINDOW, MIN_WINDOW
from verification.scenarios.model.guards import MOODY, RESERVED
from verification.scenarios.model.mandate_check import (
    DAY,
    FORBIDDEN,
    FORWARDERS,
    MAX_ARGUMENTS,
    MAX_CALLS,
    MAX_CHEQUES,
    MAX_LIMITED,
    MAX_PAYEES,
    MAX_PERIOD,
    MAX_VALUES,
    MIN_PERIOD,
)
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.signed_mandate import KINDS, Argument, Powers, SignedBudget, SignedMandate, SignedRule
from verification.scenarios.model.terms import NATIVE, Book
from verification.scenarios.model.tokens import REVERTING

Change = Callable[[SignedMandate, int], SignedMandate]
T = TypeVar("T")


def one_of(number: int, choices: Sequence[T]) -> T:
    """Selects a choice by number."""
    return choices[number % len(choices)]


def budget(edit: Callable[[SignedBudget, int], dict[str, Any]]) -> Change:
    """A change of one budget."""

    def apply(mandate: SignedMandate, number: int) -> SignedMandate:
        index, rest = number % len(mandate.budgets), number // len(mandate.budgets)
        budgets = list(mandate.budgets)
        budgets[index] = budgets[index]._replace(**edit(budgets[index], rest))
        return mandate._replace(budgets=budgets)

    return apply


def powers(edit: Callable[[Powers, int], dict[str, Any]]) -> Change:
    """A change of the powers."""
    return lambda mandate, number: mandate._replace(powers=mandate.powers._replace(**edit(mandate.powers, number)))


# Budgets


def _more_budgets(mandate: SignedMandate, number: int) -> SignedMandate:
    """The maximum number of budgets, or one more. Each takes one token."""
    spare = [token for token in ("unlisted", "usdc", "usdt", "dai") if token not in _tokens(mandate)]
    model = mandate.budgets[0]
    made = [
        model._replace(currency=f"C{i}", decimals=6, tokens=[(token, TOKENS[token])], seen=0)
        for i, token in enumerate(spare)
    ]
    budgets = [*mandate.budgets, *made][: 4 + number % 2]
    return mandate._replace(budgets=[*budgets, *[model] * (4 + number % 2 - len(budgets))])


def _tokens(mandate: SignedMandate) -> list[str]:
    return [token for each in mandate.budgets for token, _ in each.tokens]


def _window(each: SignedBudget, number: int) -> dict[str, Any]:
    lengths = (MIN_WINDOW, MIN_WINDOW - 8, MIN_WINDOW + 4, MIN_WINDOW + 1, MAX_WINDOW, MAX_WINDOW + 8, 0, 2**32 - 8)
    return {"windows": [(one_of(number, lengths), each.windows[-1][1])]}


def _windows(each: SignedBudget, number: int) -> dict[str, Any]:
    length, limit = each.windows[-1]
    lists: tuple[list[tuple[int, int]], ...] = (
        [],
        [(length + 8 * i, limit) for i in range(4)],
        [(length + 8 * i, limit) for i in range(5)],
        [each.windows[0], each.windows[0]],
        [(length + 8, limit), (length, limit)],
        [(length, limit + 1), (length + 8, limit)],
        [*each.windows[:-1], (length, max(each.payment_limit - 1, 0))],
    )
    return {"windows": one_of(number, lists), "lifetime_limit": max(each.lifetime_limit, limit)}


def _token(each: SignedBudget, number: int) -> dict[str, Any]:
    token, decimals = each.tokens[0]
    others = (
        [],
        [*each.tokens, each.tokens[0]],
        [(token, decimals + 1)],
        [(token, max(decimals - 1, 0))],
        *[[*each.tokens, (name, 6)] for name in ("payee 0", "nobody", "vault", "target", "shop", "registry")],
        [*each.tokens, ("usdc", 6)],
        [*each.tokens, *[("usdc", 6)] * (8 - len(each.tokens))],
        [*each.tokens, *[("usdc", 6)] * (9 - len(each.tokens))],
        [*each.tokens, (NATIVE, 18)],
    )
    return {"tokens": one_of(number, others)}


def _never_payees(each: SignedBudget) -> tuple[str, ...]:
    """Addresses that may not be payees; and other wallets, which may."""
    return (*FORBIDDEN, *dict(each.tokens), *WALLETS)


def _payees(each: SignedBudget, number: int) -> dict[str, Any]:
    """Payees that are mostly too few, too many, not ascending or forbidden."""
    names = each.payees or ["payee 0"]
    lists = (
        [],
        [*names, names[0]],
        [names[-1], *names[:-1]],
        ["nobody"],
        ["nobody", *names],
        FILLER_PAYEES[: MAX_PAYEES - len(each.limited)],
        FILLER_PAYEES[: MAX_PAYEES + 1 - len(each.limited)],
        *[[name] for name in (*_never_payees(each), "usdc")],
    )
    return {"payees": one_of(number, lists)}


def _limited(each: SignedBudget, number: int) -> dict[str, Any]:
    names = [("payee 0", 10, 2**48 - 1)]
    lists = (
        [names[0], names[0]],
        [("nobody", 1, 2**48 - 1)],
        [(name, 5, 2**48 - 1) for name in FILLER_PAYEES[:MAX_LIMITED]],
        [(name, 5, 2**48 - 1) for name in FILLER_PAYEES[: MAX_LIMITED + 1]],
        [(name, 5, 2**48 - 1) for name in (FILLER_PAYEES[1], FILLER_PAYEES[0])],
        *[[(name, 5, 2**48 - 1)] for name in _never_payees(each)],
    )
    return {"limited": one_of(number, lists)}


RESERVED_SELECTORS = [Codec({}, {"": load_abi("FleetBudget")}).functions[name].id for name in RESERVED]
"""Selectors of the functions with which wallets call their guards."""
STRANGERS = ((0, 0), (1, 0), (0, 1), (1, 1))


def _strangers(each: SignedBudget, number: int) -> dict[str, Any]:
    """Limits for strangers: zero, one of them zero, or around those for everybody."""
    most, window = each.payment_limit, each.windows[0][1]
    pairs = (*STRANGERS, (most, window), (most + 1, window + 1), (most, window + 1), (2, 1), (most, max(most - 1, 0)))
    payment, total = one_of(number, pairs)
    return {"stranger_payment": payment, "stranger_window": total}


def _nobody(mandate: SignedMandate, number: int) -> SignedMandate:
    """A budget that only calls can spend, with or without calls."""
    emptied = mandate.budgets[0]._replace(payees=[], limited=[], stranger_payment=0, stranger_window=0)
    powers = mandate.powers if number % 2 else mandate.powers._replace(calls=[])
    return mandate._replace(budgets=[emptied, *mandate.budgets[1:]], powers=powers)


def _guard(mandate: SignedMandate, number: int) -> SignedMandate:
    """A guard that doesn't answer, that the mandate names elsewhere too, or beside a cheque book."""
    named = [mandate.budgets[0].tokens[0][0], "usdc", "payee 0", "payee 1", "vault", "venue"]
    named += [rule.gain_token for rule in mandate.powers.calls if rule.gain_token != NOBODY]
    return mandate._replace(guard=one_of(number, ["guardian", "target", FLEET, FLEET, MOODY, MOODY, *named]))


# Powers


def _calls(edit: Callable[[SignedRule, int], list[SignedRule]]) -> Change:
    def apply(mandate: SignedMandate, number: int) -> SignedMandate:
        before = mandate.powers.calls
        token = mandate.budgets[0].tokens[0][0]
        made = SignedRule("target", b"\x01\x02\x03\x04", 0, token, 0, 0, 1, MIN_WINDOW, NOBODY, 0, 0, [])
        calls = [*edit(before[0] if before else made, number), *before[1:]]
        return mandate._replace(powers=mandate.powers._replace(calls=calls))

    return apply


def _rule_token(rule: SignedRule, number: int) -> list[SignedRule]:
    """A rule of another token, or that lets a target pull the native currency."""
    limits: dict[str, Any] = one_of(number, ({}, {"pull_limit": 1}, {"pull_limit": 1}, {"value_limit": 1}))
    return [rule._replace(token=one_of(number, ("unlisted", "payee 0", NATIVE, NATIVE, NATIVE)), **limits)]


def _counted(rule: SignedRule, number: int) -> list[SignedRule]:
    lengths = (MIN_WINDOW, MIN_WINDOW - 8, MIN_WINDOW + 4, MIN_WINDOW + 1, MAX_WINDOW, MAX_WINDOW + 8, 0)
    calls = 0 if number % 3 == 0 else 1
    return [rule._replace(max_calls=calls, window=one_of(number // 3, lengths))]


def _variants(rule: SignedRule, number: int) -> list[SignedRule]:
    """Two variants of a function, in or out of order, that count its calls together or not."""
    other: dict[str, Any] = one_of(
        number, ({}, {"max_calls": rule.max_calls - 1 or 2}, {"window": MAX_WINDOW}, {"pull_limit": 0})
    )
    one, two = one_of(number // 4, ((0, 1), (254, 255), (1, 1), (1, 0)))
    return [rule._replace(variant=one), rule._replace(variant=two, **other)]


def _charges(rule: SignedRule, number: int) -> list[SignedRule]:
    """Rules that charge an argument, alone or beside something else."""
    charged: Argument = (KINDS.index("charged"), [])
    beside: dict[str, Any] = one_of(number, ({"pull_limit": 0}, {"pull_limit": 1}, {"value_limit": 1, "pull_limit": 0}))
    return [rule._replace(arguments=[charged] * (1 + number // 3 % 2), **beside)]


def _floor(rule: SignedRule, number: int) -> list[SignedRule]:
    """Floors that are incomplete, in the rule's own token, or in a token that reports no balance."""
    gains: tuple[tuple[str, int, int], ...] = (
        ("dai", 1, 0),
        ("dai", 0, 1),
        ("dai", 0, 0),
        (NOBODY, 1, 1),
        (rule.token, 1, 1),
        *((name, 1, 1) for name in ("payee 0", "vault", "shop", "dai", "eurs", NATIVE, REVERTING)),
        ("eurd", 2**96 - 1, 2**96 - 1),
    )
    gain_token, gain, per = one_of(number, gains)
    pull = one_of(number // len(gains), (1, 1, 0))
    plain: Argument = (0, [])
    floor: dict[str, Any] = {"gain_token": gain_token, "gain": gain, "per": per}
    return [rule._replace(pull_limit=0 if rule.token == NATIVE else pull, arguments=[plain] * 2, **floor)]


def _tail(rule: SignedRule, number: int) -> list[SignedRule]:
    """Tails in the last place or before it, or after a dynamic argument."""
    tail: Argument = (KINDS.index("tail in"), [bytes(32)])
    plain, dynamic = (0, list[int | str | bytes]()), (KINDS.index("any words"), list[int | str | bytes]())
    lists = ([plain, tail], [tail, plain], [tail, tail], [dynamic, tail], [plain, dynamic, tail], [tail])
    return [rule._replace(arguments=one_of(number, lists))]


def _many(rule: SignedRule, number: int) -> list[SignedRule]:
    count = MAX_CALLS + number % 2
    return [rule._replace(target="target", selector=(i + 1).to_bytes(4), arguments=[]) for i in range(count)]


def _twice(rule: SignedRule, number: int) -> list[SignedRule]:
    return [rule, rule._replace(selector=one_of(number, (rule.selector, bytes(3) + b"\x01", b"\xff" * 4)))]


def _target(rule: SignedRule, number: int) -> list[SignedRule]:
    names = (*FORBIDDEN, *FORWARDERS, *WALLETS, "usdc", "dai", NATIVE, "payee 0")
    return [rule._replace(target=one_of(number, names))]


def _arguments(rule: SignedRule, number: int) -> list[SignedRule]:
    kind = number % len(KINDS)
    counts = (0, 1, 2, MAX_VALUES, MAX_VALUES + 1)
    argument: Argument = (kind, list(range(one_of(number // len(KINDS), counts))))
    return [rule._replace(arguments=[(0, []), argument])]


def _too_many_arguments(rule: SignedRule, number: int) -> list[SignedRule]:
    return [rule._replace(arguments=[(0, [])] * (MAX_ARGUMENTS + number % 2))]


def _large(rule: SignedRule, number: int) -> list[SignedRule]:
    """Rules whose encoding is about as long as a contract's code may be."""
    argument: Argument = (KINDS.index("one of"), list(range(MAX_VALUES)))
    rules = [
        rule._replace(target="target", selector=(i + 1).to_bytes(4), arguments=[argument] * 2)
        for i in range(10 + number % 3)
    ]
    return rules


def _books(edit: Callable[[Book, int], list[Book]]) -> Change:
    def apply(mandate: SignedMandate, number: int) -> SignedMandate:
        each = mandate.budgets[number % len(mandate.budgets)]
        token = each.tokens[number % len(each.tokens)][0]
        book = Book(token, 1, max(each.payment_limit // 1000, 1), 40 * DAY, False)
        return powers(lambda old, _: {"books": edit(book, number // 2)})(mandate, number)

    return apply


def _wrong_book(book: Book, number: int) -> list[Book]:
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"token": NATIVE},
        {"token": "unlisted"},
        {"cheques": 0},
        {"cheques": MAX_CHEQUES},
        {"cheques": MAX_CHEQUES + 1},
        {"cheques": MAX_CHEQUES, "limit": 1},
        {"period": MIN_PERIOD},
        {"period": MIN_PERIOD - 1},
        {"period": MAX_PERIOD},
        {"period": MAX_PERIOD + 1},
        {"limit": 0},
        {"limit": 2**96 - 1},
        {"strangers": True},
        {"strangers": True, "limit": 1},
        {"strangers": True, "limit": 1, "cheques": MAX_CHEQUES, "period": MIN_PERIOD},
    )
    return [book._replace(**one_of(number, changes))]


GAS = (
    (0, 0, 3600),
    (0, 10**18, 0),
    (0, 10**18, 3600),
    (10**18, 0, 0),
    (10**18, 0, 3600),
    (10**18, 10**18, 0),
    (10**18 + 1, 10**18, 3600),
    (10**18, 10**18, 3600),
    *((1, 10**18, length) for length in (MIN_WINDOW - 8, MIN_WINDOW + 4, MAX_WINDOW, MAX_WINDOW + 8)),
)
CHANGES: dict[str, Change] = {
    "no budgets": lambda mandate, _: mandate._replace(budgets=[]),
    "more budgets": _more_budgets,
    "a budget twice": lambda mandate, _: mandate._replace(budgets=[mandate.budgets[0]] * 2),
    "currency": budget(
        lambda _, number: {
            "currency": one_of(number, ("", "X" * 12, "X" * 13, "AZ09", "usd", "U/D", "U[D", "U:D", "U@D", "U D", "É"))
        }
    ),
    "decimals": budget(lambda _, number: {"decimals": one_of(number, (18, 19, 0, 1, 2))}),
    "window": budget(_window),
    "windows": budget(_windows),
    "life": budget(lambda each, number: {"lifetime_limit": max(each.windows[-1][1] - number % 2, 0)}),
    "tokens": budget(_token),
    "payees": budget(_payees),
    "limited payees": budget(_limited),
    "payee twice": budget(
        lambda _, number: {"payees": ["payee 0"], "limited": [(one_of(number, ("payee 0", "payee 1")), 5, 2**48 - 1)]}
    ),
    "scale": budget(lambda _, number: {"tokens": [("eurx", 20)], "decimals": one_of(number, (1, 2, 18))}),
    "strangers": budget(_strangers),
    "nobody": _nobody,
    "guard": _guard,
    "requests": powers(
        lambda _, number: one_of(number, ({"max_requests": 0}, {"max_request_age": 0}, {"max_requests": 255}))
    ),
    "gas": powers(lambda _, number: {"gas": one_of(number, GAS)}),
    "many calls": _calls(_many),
    "a call twice": _calls(_twice),
    "target": _calls(_target),
    "selector": _calls(lambda rule, number: [rule._replace(selector=one_of(number, (bytes(4), *RESERVED_SELECTORS)))]),
    "value": _calls(lambda rule, _: [rule._replace(value_limit=1)]),
    "a rule's token": _calls(_rule_token),
    "calls counted": _calls(_counted),
    "variants": _calls(_variants),
    "charges": _calls(_charges),
    "floor": _calls(_floor),
    "tail": _calls(_tail),
    "arguments": _calls(_arguments),
    "many arguments": _calls(_too_many_arguments),
    "large": _calls(_large),
    "book": _books(_wrong_book),
    "books": _books(lambda book, _: [book, book]),
}
"""All changes by name."""
VARIETY = {
    "selector": 2,
    "guard": 5,
    "book": 9,
    "a rule's token": 3,
    "floor": 5,
    "strangers": 3,
    "variants": 4,
    "calls counted": 3,
    "charges": 2,
    "tail": 2,
    "large": 2,
    "scale": 3,
    "books": 2,
    "currency": 2,
    "tokens": 5,
    "payees": 4,
    "limited payees": 3,
    "decimals": 2,
    "window": 2,
    "windows": 2,
    "gas": 2,
}
"""Weights of changes that have many variants."""


def draw_change(rng: Random) -> str:
    """Draws the name of a change."""
    return rng.choices(list(CHANGES), [VARIETY.get(each, 1) for each in CHANGES])[0]


def with_change(mandate: SignedMandate, change: str, number: int) -> SignedMandate:
    """Applies a change; the empty name leaves the mandate as it is."""
    return CHANGES[change](mandate, number) if change else mandate
