"""A mandate as it is signed: every list in its order, valid or not. Names stand for addresses."""

from __future__ import annotations

from typing import NamedTuple

from verification.scenarios.model.terms import Book, Budget, Floor, Rule, Terms

KINDS = (
    "any",
    "any address",
    "equal",
    "one of",
    "at most",
    "at least",
    "this wallet",
    "listed payee",
    "charged",
    "any bytes",
    "any words",
    "tail in",
)
"""Kinds of conditions, in the order of `ArgumentKind`."""
Argument = tuple[int, list[int | str | bytes]]
"""A kind, by its number, and the values to compare with."""


class SignedBudget(NamedTuple):
    """See `Budget`."""

    currency: str
    decimals: int
    payment_limit: int
    lifetime_limit: int
    seen: int
    windows: list[tuple[int, int]]
    tokens: list[tuple[str, int]]
    stranger_payment: int
    stranger_window: int
    payees: list[str]
    limited: list[tuple[str, int, int]]


class SignedRule(NamedTuple):
    """See `Rule`; contains the selector instead of the name. Without a floor its token and both numbers are zero."""

    target: str
    selector: bytes
    variant: int
    token: str
    value_limit: int
    pull_limit: int
    max_calls: int
    window: int
    gain_token: str
    gain: int
    per: int
    arguments: list[Argument]


class Powers(NamedTuple):
    """What the agent may do besides paying."""

    calls: list[SignedRule]
    books: list[Book]
    max_requests: int
    max_request_age: int
    max_authorization_age: int
    gas: tuple[int, int, int]


class SignedMandate(NamedTuple):
    """The whole mandate, in the order of its members."""

    principal: str
    epoch: int
    agent_key: str
    valid_from: int
    valid_until: int
    round: int
    guard: str
    budgets: list[SignedBudget]
    powers: Powers
    terms_hash: bytes
    terms_uri: str

    @property
    def size(self) -> int:
        """Length of the encoded mandate in bytes, by the layout at the head of `MandateDecoder`."""
        parts = [134, 20 * (self.guard != "nobody")]
        for budget in self.budgets:
            parts += [76, 30 * len(budget.tokens), 12 * (len(budget.windows) - 1), 24 * (budget.stranger_payment > 0)]
            parts += [20 * len(budget.payees), 38 * len(budget.limited)]
        for rule in self.powers.calls:
            parts += [29 + 33, 44 * (rule.gain > 0), *(2 + 32 * len(values) for _, values in rule.arguments)]
        return sum(parts) + 39 * len(self.powers.books)

    def terms(self, hash_: bytes, functions: dict[bytes, str]) -> Terms:
        """The mandate as a wallet enforces it. `functions` names the selectors."""
        return Terms(
            hash_,
            self.principal,
            self.epoch,
            self.agent_key,
            self.valid_from,
            self.valid_until,
            self.round,
            tuple(self._budget(each) for each in self.budgets),
            tuple(_rule(each, functions) for each in self.powers.calls),
            self.powers.max_requests,
            self.powers.max_request_age,
            self.powers.max_authorization_age,
            self.guard,
            self.powers.gas,
            self,
        )

    def _budget(self, signed: SignedBudget) -> Budget:
        tokens = dict(signed.tokens)
        book = next((each for each in self.powers.books if each.token in tokens), None)
        return Budget(
            signed.currency,
            signed.decimals,
            signed.payment_limit,
            signed.lifetime_limit,
            signed.seen,
            tuple(signed.windows),
            tokens,
            signed.stranger_payment,
            signed.stranger_window,
            frozenset(signed.payees),
            {payee: (limit, until) for payee, limit, until in signed.limited},
            book,
        )


def _rule(signed: SignedRule, functions: dict[bytes, str]) -> Rule:
    return Rule(
        signed.target,
        functions.get(signed.selector, signed.selector.hex()),
        signed.token,
        tuple((KINDS[kind], tuple(values)) for kind, values in signed.arguments),
        signed.variant,
        signed.value_limit,
        signed.pull_limit,
        signed.max_calls,
        signed.window,
        Floor(signed.gain_token, signed.gain, signed.per) if signed.gain else None,
    )
