"""A mandate as it is written down: in the order and with the mistakes of whoever wrote it. Names stand for addresses."""

from __future__ import annotations

from typing import NamedTuple

from verification.scenarios.model.terms import Book, Budget, Rule, Terms

KINDS = ("any", "any address", "equal", "one of", "at most", "this wallet", "listed payee", "any bytes", "any words")
"""As `ArgumentKind` numbers them."""
Argument = tuple[int, list[int | str]]
"""A kind, by its number, and the values that it compares with."""


class WrittenBudget(NamedTuple):
    """See `Budget`."""

    currency: str
    decimals: int
    payment_limit: int
    lifetime_limit: int
    seen: int
    windows: list[tuple[int, int]]
    tokens: list[tuple[str, int]]
    any_payee: bool
    payees: list[str]
    limited: list[tuple[str, int, int]]


class WrittenRule(NamedTuple):
    """See `Rule`; the function by its selector."""

    target: str
    selector: bytes
    value_limit: int
    pull_limit: int
    arguments: list[Argument]


class Powers(NamedTuple):
    """What the agent may do beside paying."""

    calls: list[WrittenRule]
    books: list[Book]
    max_requests: int
    max_request_age: int
    gas: tuple[int, int, int]


class Written(NamedTuple):
    """The whole mandate, member by member."""

    principal: str
    epoch: int
    agent_key: str
    valid_from: int
    valid_until: int
    replaces: bytes
    budgets: list[WrittenBudget]
    powers: Powers
    terms_hash: bytes
    terms_uri: str

    @property
    def size(self) -> int:
        """Bytes that it takes as code, by the layout at the head of `MandateDecoder`."""
        parts = [130]
        for budget in self.budgets:
            parts += [76, 30 * len(budget.tokens), 12 * (len(budget.windows) - 1)]
            parts += [20 * len(budget.payees), 38 * len(budget.limited)]
        for rule in self.powers.calls:
            parts += [28 + 25, *(2 + 32 * len(values) for _, values in rule.arguments)]
        return sum(parts) + 38 * len(self.powers.books)

    def terms(self, hash_: bytes, functions: dict[bytes, str]) -> Terms:
        """The same as a wallet enforces it. `functions`: names of selectors."""
        return Terms(
            hash_,
            self.principal,
            self.epoch,
            self.agent_key,
            self.valid_from,
            self.valid_until,
            self.replaces,
            tuple(self._budget(each) for each in self.budgets),
            tuple(_rule(each, functions) for each in self.powers.calls),
            self.powers.max_requests,
            self.powers.max_request_age,
            self.powers.gas,
            self,
        )

    def _budget(self, written: WrittenBudget) -> Budget:
        tokens = dict(written.tokens)
        book = next((each for each in self.powers.books if each.token in tokens), None)
        return Budget(
            written.currency,
            written.decimals,
            written.payment_limit,
            written.lifetime_limit,
            written.seen,
            tuple(written.windows),
            tokens,
            written.any_payee,
            frozenset(written.payees),
            {payee: (limit, until) for payee, limit, until in written.limited},
            book,
        )


def _rule(written: WrittenRule, functions: dict[bytes, str]) -> Rule:
    arguments = tuple((KINDS[kind], tuple(values)) for kind, values in written.arguments)
    name = functions.get(written.selector, written.selector.hex())
    return Rule(written.target, name, written.value_limit, written.pull_limit, arguments)
