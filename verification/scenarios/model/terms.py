"""The mandate as the wallet enforces it. Limits are budget units, amounts token base units or wei, times unix seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from verification.scenarios.model.signed_mandate import Written

NATIVE = "native"
"""The native currency, where a token is named."""
NO_LIMIT = 2**96 - 1
"""A payee's own limit that is none."""
BUCKETS = 8


class Book(NamedTuple):
    """Cheques, which are signed off the chain: nobody counts them, so the most that they can come to is set aside."""

    token: str
    count: int
    """How many in a period."""
    limit: int
    """The most that each may charge (budget units)."""
    period: int
    """Seconds."""

    def within(self, length: int) -> int:
        """The most in any interval of so many seconds: it touches one period more than fit into it."""
        return (-(-length // self.period) + 1) * self.count * self.limit

    def between(self, first: int, last: int) -> int:
        """The most from the period of one moment to that of another, both included."""
        return (last // self.period - first // self.period + 1) * self.count * self.limit


@dataclass(frozen=True)
class Budget:
    """What may be spent in one currency, over all of its tokens together."""

    currency: str
    decimals: int
    payment_limit: int
    lifetime_limit: int
    seen: int
    """The mandate is refused if more has been spent before."""
    windows: tuple[tuple[int, int], ...]
    """Length (seconds) and limit, from the shortest to the longest."""
    tokens: Mapping[str, int]
    """The tokens that count, with their decimals."""
    any_payee: bool
    payees: frozenset[str]
    limited: Mapping[str, tuple[int, int]]
    """Payees with a limit for life and an end (exclusive) of their own."""
    book: Book | None = None

    def charge(self, token: str, amount: int) -> int:
        """What an amount counts for: one whole token is one unit of currency; rounded up, against the agent."""
        difference = self.decimals - self.tokens[token]
        if difference >= 0:
            return amount * 10**difference
        return -(-amount // 10**-difference)

    def widths(self) -> list[int]:
        """Seconds that a bucket of each window lasts."""
        return [length // BUCKETS for length, _ in self.windows]

    def limits(self) -> list[int]:
        """What each window has for all that is charged on the chain: its limit without what cheques may take of it."""
        return [limit - (self.book.within(length) if self.book else 0) for length, limit in self.windows]


@dataclass(frozen=True)
class Rule:
    """A function that the agent may call, with a demand on each argument: its kind, and the values that it compares with."""

    target: str
    function: str
    value_limit: int
    """The most native currency that a call may send (wei)."""
    pull_limit: int
    """The most that a call may let its target pull (budget units)."""
    arguments: tuple[tuple[str, tuple[int | str, ...]], ...]


@dataclass(frozen=True)
class Terms:
    """A mandate. Its hash is a name like any other here: who computes it is none of the model's business."""

    hash: bytes
    principal: str
    epoch: int
    agent_key: str
    valid_from: int
    """Inclusive."""
    valid_until: int
    """Exclusive."""
    replaces: bytes
    budgets: tuple[Budget, ...]
    rules: tuple[Rule, ...] = ()
    max_requests: int = 0
    max_request_age: int = 0
    gas: tuple[int, int, int] = (0, 0, 0)
    """What user operations may cost: the most of each, the most in a window (wei), and its length (seconds)."""
    written: Written | None = field(default=None, compare=False, repr=False)
    """As it was written down."""

    def lifetime_limit(self, budget: Budget) -> int:
        """What a budget has for all that is charged on the chain, for life."""
        book = budget.book
        return budget.lifetime_limit - (book.between(self.valid_from, self.valid_until - 1) if book else 0)

    def budget_of(self, token: str) -> Budget | None:
        """The budget that a token counts toward."""
        return next((budget for budget in self.budgets if token in budget.tokens), None)

    def book_in(self, token: str) -> Book | None:
        """The cheque book in a token."""
        budget = self.budget_of(token)
        return budget.book if budget and budget.book and budget.book.token == token else None

    def budget_in(self, currency: str) -> Budget | None:
        """The budget of a currency."""
        return next((budget for budget in self.budgets if budget.currency == currency), None)

    def lists(self, token: str) -> bool:
        """Whether a token counts toward any budget."""
        return self.budget_of(token) is not None

    def rule_for(self, target: str, function: str) -> Rule | None:
        """The rule that lists a function."""
        return next((rule for rule in self.rules if (rule.target, rule.function) == (target, function)), None)
