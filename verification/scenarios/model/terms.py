"""The mandate as the wallet enforces it.

Limits are budget units, amounts token base units or wei, times unix seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from verification.scenarios.model.signed_mandate import SignedMandate

NATIVE = "native"
"""The name of the native currency where a token is expected."""
NO_LIMIT = 2**96 - 1
"""A payee's own limit that means no limit."""
BUCKETS = 8


def power_of_ten(exponent: int) -> int:
    """`10**exponent` as an int; the exponent is never negative."""
    return int(10**exponent)


class Book(NamedTuple):
    """A cheque book. Nobody counts cheques on chain, so the largest possible sum is reserved."""

    token: str
    cheques: int
    """Cheques per period."""
    limit: int
    """The most that one cheque may charge (budget units)."""
    period: int
    """Seconds."""
    strangers: bool = False
    """Whether cheques may pay strangers. Their sum is then reserved in the strangers' window too."""

    def within(self, length: int) -> int:
        """The largest sum within an interval of this length: it touches one period more than fit into it."""
        return (-(-length // self.period) + 1) * self.cheques * self.limit

    def between(self, first: int, last: int) -> int:
        """The largest sum from the period of `first` to the period of `last`, both included."""
        return (last // self.period - first // self.period + 1) * self.cheques * self.limit


@dataclass(frozen=True)
class Budget:
    """Limits in one currency for all of its tokens together."""

    currency: str
    decimals: int
    payment_limit: int
    lifetime_limit: int
    seen: int
    """The mandate is refused if more than this was spent before."""
    windows: tuple[tuple[int, int], ...]
    """Length (seconds) and limit of each window, shortest first."""
    tokens: Mapping[str, int]
    """The tokens that count toward the budget, with their decimals."""
    stranger_payment: int
    """The most that one payment to a stranger may charge; zero if strangers can't be paid."""
    stranger_window: int
    """The most for all strangers together within the first window's length."""
    payees: frozenset[str]
    limited: Mapping[str, tuple[int, int]]
    """Payees with a lifetime limit and an end (exclusive) of their own."""
    book: Book | None = None

    def charge(self, token: str, amount: int) -> int:
        """The charge of an amount: one whole token is one unit of currency, rounded up against the agent."""
        difference = self.decimals - self.tokens[token]
        if difference >= 0:
            return amount * power_of_ten(difference)
        return -(-amount // power_of_ten(-difference))

    def widths(self) -> list[int]:
        """Width of a bucket in each window (seconds)."""
        return [length // BUCKETS for length, _ in self.windows]

    def limits(self) -> list[int]:
        """Each window's limit without the part that is reserved for cheques."""
        return [limit - (self.book.within(length) if self.book else 0) for length, limit in self.windows]

    def stranger_limit(self) -> int:
        """The strangers' window limit without the part that is reserved for cheques to strangers."""
        reserved = self.book.within(self.windows[0][0]) if self.book and self.book.strangers else 0
        return self.stranger_window - reserved


class Floor(NamedTuple):
    """A price limit: the wallet must gain `gain / per` base units of a token for each one that a call charges."""

    token: str
    gain: int
    per: int

    def needed(self, charged: int) -> int:
        """The least that must be gained for what is charged (base units), rounded up."""
        return -(-charged * self.gain // self.per)


@dataclass(frozen=True)
class Rule:
    """A function that the agent may call, with a condition for each argument: its kind and the values to compare with."""

    target: str
    function: str
    token: str
    """Its budget is the rule's budget. Only this token may be pulled."""
    arguments: tuple[tuple[str, tuple[int | str | bytes, ...]], ...]
    variant: int = 0
    """Distinguishes rules of the same function."""
    value_limit: int = 0
    """The most native currency that a call may send (wei)."""
    pull_limit: int = 0
    """The most that the target may pull (units of the rule's budget)."""
    max_calls: int = 2**32 - 1
    """Calls of the function in any interval of `window`, under all variants and mandates together."""
    window: int = 3600
    """Seconds."""
    floor: Floor | None = None


@dataclass(frozen=True)
class Terms:
    """A mandate. The model treats its hash as an opaque name."""

    hash: bytes
    principal: str
    epoch: int
    agent_key: str
    valid_from: int
    """Inclusive."""
    valid_until: int
    """Exclusive."""
    round: int
    """The wallet's round in which it may be installed."""
    budgets: tuple[Budget, ...]
    rules: tuple[Rule, ...] = ()
    max_requests: int = 0
    max_request_age: int = 0
    max_authorization_age: int = 0
    """The longest validity of a pre-authorization (seconds); zero: none may be made."""
    guard: str = "nobody"
    """Who is asked about every charge."""
    gas: tuple[int, int, int] = (0, 0, 0)
    """Limit per user operation and per window (wei), and the window's length (seconds)."""
    mandate: SignedMandate | None = field(default=None, compare=False, repr=False)
    """The signed form of the same mandate."""

    def lifetime_limit(self, budget: Budget) -> int:
        """The lifetime limit without the part that is reserved for cheques."""
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
        """Whether any budget lists a token."""
        return self.budget_of(token) is not None

    def rule_for(self, target: str, function: str, variant: int) -> Rule | None:
        """The rule that lists a variant of a function."""
        wanted = target, function, variant
        return next((rule for rule in self.rules if (rule.target, rule.function, rule.variant) == wanted), None)
