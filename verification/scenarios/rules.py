"""Call rules of a mandate's shape: of every kind, for the functions that agents call in scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from eth_hash.auto import keccak

from verification.scenarios.chain.codec import word
from verification.scenarios.fixtures import TOKENS
from verification.scenarios.model.terms import NATIVE, Budget, Floor, Rule
from verification.scenarios.model.tokens import REBASING, REVERTING

HOUR, DAY = 3600, 86_400
GAINS = ("usdc", "usdt", "dai", "eurs", "unlisted", NATIVE, REBASING, REVERTING)
"""Tokens that a venue gives."""
TAILS = ((0, 0), (0, 2, 5, 7))
"""The words after those of the offsets in two calls of `store` with empty bytes."""
TAIL_HASHES = tuple(keccak(b"".join(map(word, tail))) for tail in TAILS)
Arguments = tuple[tuple[str, tuple[int | str | bytes, ...]], ...]
Counted = tuple[int, int]
"""The most calls, and the window (seconds)."""


def draw_rules(rng: Random, budgets: Sequence[Budget]) -> tuple[Rule, ...]:
    """Draws rules for some functions, several for a venue."""
    tokens = [token for budget in budgets for token in budget.tokens]
    erc20 = [token for token in tokens if token != NATIVE]
    rules: list[Rule] = []
    if erc20 and rng.random() < 0.75:
        rules.append(_deposit(rng, budgets, rng.choice(erc20), _counted(rng)))
    if rng.random() < 0.7:
        rules.append(_note(rng, budgets, rng.choice(tokens), _counted(rng)))
    if rng.random() < 0.4:
        rules.append(_store(rng, rng.choice(tokens), _counted(rng)))
    if rng.random() < 0.6:
        counted = _counted(rng)
        variants = sorted(rng.sample((0, 1, 2, 255), rng.choice((1, 2, 2, 3))))
        rules += [_swap(rng, budgets, rng.choice(tokens), variant, counted) for variant in variants]
    if rng.random() < 0.4:
        rules.append(_redeem(rng, rng.choice(tokens), _counted(rng)))
    return tuple(rules)


def _counted(rng: Random) -> Counted:
    return rng.choice((1, 2, 5, 2**32 - 1, 2**32 - 1)), rng.choice((HOUR, 2 * HOUR, DAY))


def _budget_of(budgets: Sequence[Budget], token: str) -> Budget:
    return next(budget for budget in budgets if token in budget.tokens)


def _native_limit(budgets: Sequence[Budget]) -> int:
    """A limit of native currency per call, if a budget lists it (wei)."""
    return max((budget.payment_limit // 2 for budget in budgets if NATIVE in budget.tokens), default=0)


def _rule(
    target: str, function: str, token: str, counted: Counted, arguments: Arguments, value: int = 0, pull: int = 0
) -> Rule:
    return Rule(target, function, token, arguments, 0, value, pull, *counted)


def _deposit(rng: Random, budgets: Sequence[Budget], token: str, counted: Counted) -> Rule:
    budget = _budget_of(budgets, token)
    most = 10 ** (budget.tokens[token] + 3)
    conditions: Arguments = (("equal", (token,)), ("one of", ("usdc", token)), ("any address", ()))
    arguments = (rng.choice(conditions), ("at most", (most,)))
    return _rule("vault", "deposit", token, counted, arguments, pull=budget.payment_limit // rng.choice((1, 2)))


def _note(rng: Random, budgets: Sequence[Budget], token: str, counted: Counted) -> Rule:
    conditions: Arguments = (("this wallet", ()), ("listed payee", ()), ("any address", ()))
    charges = rng.random() < 0.4
    value = 0 if charges and token == NATIVE else _native_limit(budgets)
    arguments = (rng.choice(conditions), ("charged" if charges else "any", ()))
    return _rule("target", "note", token, counted, arguments, value)


def _store(rng: Random, token: str, counted: Counted) -> Rule:
    any_content: Arguments = (("any bytes", ()), ("any words", ()))
    pinned: Arguments = (("equal", (64,)), ("equal", (96,)), ("tail in", TAIL_HASHES[: rng.choice((1, 2))]))
    return _rule("target", "store", token, counted, rng.choice((any_content, pinned)))


def _swap(rng: Random, budgets: Sequence[Budget], token: str, variant: int, counted: Counted) -> Rule:
    """A trade of the rule's token, mostly with a floor. Native currency is sent, other tokens are pulled."""
    floor = draw_floor(rng, token)
    give = ("equal", (floor.token,)) if floor else ("any address", ())
    if token == NATIVE:
        value, pull = _native_limit(budgets), 0
        take: Arguments = (("any address", ()), ("equal", (0,)))
    else:
        value, pull = 0, _budget_of(budgets, token).payment_limit
        take = (rng.choice((("equal", (token,)), ("any address", ()))), ("any", ()))
    given = ("any", ()) if rng.random() < 0.7 else ("at least", (5,))
    return Rule(
        "venue",
        "swap",
        token,
        (*take, give, given),
        variant,
        value,
        pull,
        *counted,
        floor if value or pull else None,
    )


def _redeem(rng: Random, token: str, counted: Counted) -> Rule:
    """A call that charges an argument and gives another token."""
    floor = draw_floor(rng, token)
    arguments: Arguments = (("charged", ()), ("any address", ()), ("any", ()))
    return Rule("venue", "redeem", token, arguments, 0, 0, 0, *counted, floor)


def draw_floor(rng: Random, token: str) -> Floor | None:
    """Draws a floor of about one whole token for another."""
    if rng.random() < 0.3:
        return None
    gain = rng.choice([each for each in GAINS[: rng.choice((6, 6, 6, 8))] if each != token])
    difference = TOKENS.get(gain, 18) - TOKENS.get(token, 18)
    part, whole = rng.choice(((1, 1), (19, 20), (2, 3), (995, 1000)))
    return Floor(gain, part * 10 ** max(difference, 0), whole * 10 ** max(-difference, 0))
