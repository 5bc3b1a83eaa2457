"""Shapes of mandates: each number stands for one set of budgets and powers, the same in every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

from verification.scenarios.fixtures import ADVERSARIAL_TOKENS, START, TOKENS
from verification.scenarios.model.mandate_check import MAX_TOKENS
from verification.scenarios.model.terms import NATIVE, NO_LIMIT, Book, Budget, Rule

HOUR, DAY = 3600, 86_400
FOREVER = 2**48 - 1
CURRENCIES = {
    "USD": (6, ("usdc", "usdt", "dai")),
    "EUR": (2, ("eurs", "eurd", "eurx", *ADVERSARIAL_TOKENS)),
    "ETH": (18, (NATIVE,)),
}
"""Decimals of the unit, and the tokens that may count toward it."""
PAYEES = ("payee 0", "payee 1", "payee 2", "shop", "relayer", "last")
""""last" is the highest address."""
LENGTHS = (HOUR, HOUR, 2 * HOUR, 8 * HOUR, DAY, DAY, 7 * DAY, 30 * DAY)


@dataclass(frozen=True)
class Shape:
    """What a mandate grants, without the parties and times."""

    budgets: tuple[Budget, ...]
    rules: tuple[Rule, ...]
    max_requests: int
    max_request_age: int
    gas: tuple[int, int, int]


@cache
def shape(number: int) -> Shape:
    """The shape of a number."""
    rng = Random(number)
    names = rng.sample(list(CURRENCIES), rng.choice((1, 2, 2, 3)))
    budgets = tuple(_budget(rng, name) for name in names)
    asks = rng.random() < 0.8
    rules, age = _rules(rng, budgets), rng.choice((HOUR, 3 * DAY))
    books, gas = tuple(_with_book(rng, each) for each in budgets), _gas(rng)
    if rng.random() < 0.4:
        rules += (Rule("target", "store", 0, 0, (("any bytes", ()), ("any words", ()))),)
    return Shape(books, rules, 3 * asks, asks * age, gas)


def _gas(rng: Random) -> tuple[int, int, int]:
    if rng.random() < 0.2:
        return 0, 0, 0
    most = rng.randint(1, 100) * 10**15
    return most, most * rng.choice((1, 2, 3, 10)), rng.choice((HOUR, 8 * HOUR, DAY, 7 * DAY))


def _with_book(rng: Random, budget: Budget) -> Budget:
    # USDC is the only token here with EIP-3009 authorizations.
    if "usdc" not in budget.tokens or rng.random() < 0.3:
        return budget
    count, period = rng.randint(1, 3), rng.choice((HOUR, 6 * HOUR, DAY, DAY + 7))
    lengths = (*budget.windows, (40 * DAY, budget.lifetime_limit))
    rooms = [limit // Book("usdc", count, 2, period).within(length) for length, limit in lengths]
    limit = min(*rooms, budget.payment_limit) * rng.choice((1, 1, 1, 2))
    return replace(budget, book=Book("usdc", count, limit, period)) if 1 <= limit <= budget.payment_limit else budget


def _budget(rng: Random, currency: str) -> Budget:
    decimals, tokens = CURRENCIES[currency]
    # Rarely use another unit for a currency, which a wallet that counted it before must refuse.
    if rng.random() < 0.03:
        decimals += 1 if decimals < 18 else -1
    listed = rng.sample(tokens, rng.randint(1, min(len(tokens), MAX_TOKENS)))
    payment = 0 if rng.random() < 0.03 else rng.randint(1, 1000) * 10**decimals
    windows = _windows(rng, payment)
    any_payee = rng.random() < 0.15
    named = [] if any_payee else rng.sample(PAYEES, rng.randint(1, len(PAYEES)))
    own = {payee for payee in named if rng.random() < 0.3}
    return Budget(
        currency,
        decimals,
        payment,
        windows[-1][1] * rng.choice((1, 2, 5, 20)),
        NO_LIMIT,
        windows,
        {token: TOKENS.get(token, 18) for token in listed},
        any_payee,
        frozenset(named) - own,
        {payee: _terms_of(rng, payment) for payee in sorted(own)},
    )


def _windows(rng: Random, payment: int) -> tuple[tuple[int, int], ...]:
    lengths = sorted(
        {rng.choice((*LENGTHS, 8 * rng.randint(450, 100_000))) for _ in range(rng.choice((1, 1, 2, 3, 4)))}
    )
    limits, limit = [], payment
    for _ in lengths:
        limit *= rng.choice((1, 2, 3))
        limits.append(limit)
    return tuple(zip(lengths, limits, strict=True))


def _terms_of(rng: Random, payment: int) -> tuple[int, int]:
    limit = rng.choice((NO_LIMIT, payment, 3 * payment))
    return limit, rng.choice((FOREVER, START + rng.randint(2, 80) * DAY))


def _rules(rng: Random, budgets: Sequence[Budget]) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    erc20 = [(budget, token) for budget in budgets for token in budget.tokens if token != NATIVE]
    if erc20 and rng.random() < 0.8:
        budget, token = rng.choice(erc20)
        most = 10 ** (budget.tokens[token] + 3)
        which: tuple[str, tuple[Any, ...]] = rng.choice(
            (("equal", (token,)), ("one of", ("usdc", token)), ("any address", ()))
        )
        rules.append(
            Rule("vault", "deposit", 0, budget.payment_limit // rng.choice((1, 2)), (which, ("at most", (most,))))
        )
    if rng.random() < 0.8:
        who = rng.choice(("this wallet", "listed payee", "any address"))
        value = max((budget.payment_limit // 2 for budget in budgets if NATIVE in budget.tokens), default=0)
        rules.append(Rule("target", "note", value, 0, ((who, ()), ("any", ()))))
    return tuple(rules)
