"""Shapes of mandates: each number stands for one set of budgets and powers, the same in every run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from random import Random

from verification.scenarios.fixtures import ADVERSARIAL_TOKENS, START, TOKENS
from verification.scenarios.model.calls import TARGETS
from verification.scenarios.model.mandate_check import MAX_TOKENS
from verification.scenarios.model.terms import NATIVE, NO_LIMIT, Book, Budget, Rule
from verification.scenarios.rules import draw_rules

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
    max_authorization_age: int
    gas: tuple[int, int, int]


@cache
def shape(number: int) -> Shape:
    """The shape of a number."""
    rng = Random(number)
    names = rng.sample(list(CURRENCIES), rng.choice((1, 2, 2, 3)))
    budgets = tuple(_budget(rng, name) for name in names)
    asks = rng.random() < 0.8
    rules, age = draw_rules(rng, budgets), rng.choice((HOUR, 3 * DAY))
    if rules and rng.random() < 0.06:
        # Only calls can spend this budget.
        budgets = (
            replace(budgets[0], payees=frozenset(), limited={}, stranger_payment=0, stranger_window=0),
            *budgets[1:],
        )
    books, gas = tuple(_with_book(rng, each) for each in budgets), _gas(rng)
    return Shape(books, rules, 3 * asks, asks * age, rng.choice((0, HOUR, DAY, 30 * DAY, 30 * DAY, 90 * DAY)), gas)


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
    if not 1 <= limit <= budget.payment_limit:
        return budget
    book = Book("usdc", count, limit, period)
    fits = limit <= budget.stranger_payment and book.within(budget.windows[0][0]) <= budget.stranger_window
    return replace(budget, book=book._replace(strangers=fits and rng.random() < 0.7))


def _budget(rng: Random, currency: str) -> Budget:
    decimals, tokens = CURRENCIES[currency]
    # Rarely use another unit for a currency, which a wallet that counted it before must refuse.
    if rng.random() < 0.03:
        decimals += 1 if decimals < 18 else -1
    listed = rng.sample(tokens, rng.randint(1, min(len(tokens), MAX_TOKENS)))
    payment = 0 if rng.random() < 0.03 else rng.randint(1, 1000) * 10**decimals
    windows = _windows(rng, payment)
    stranger_payment, stranger_window = _strangers(rng, payment, windows[0][1])
    named = [] if stranger_payment and rng.random() < 0.2 else rng.sample(PAYEES, rng.randint(1, len(PAYEES)))
    own = {payee for payee in named if rng.random() < 0.3}
    # A target of calls may have terms of its own.
    own |= {rng.choice(TARGETS)} if rng.random() < 0.4 else set()
    return Budget(
        currency,
        decimals,
        payment,
        windows[-1][1] * rng.choice((1, 2, 5, 20)),
        NO_LIMIT,
        windows,
        {token: TOKENS.get(token, 18) for token in listed},
        stranger_payment,
        stranger_window,
        frozenset(named) - own,
        {payee: _terms_of(rng, payment) for payee in sorted(own)},
    )


def _strangers(rng: Random, payment: int, window: int) -> tuple[int, int]:
    """Limits for strangers: none, small ones, or those for everybody."""
    if not payment or rng.random() < 0.5:
        return 0, 0
    small = max(payment // rng.choice((1, 2, 10)), 1)
    return small, rng.choice((small, min(3 * small, window), window))


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
