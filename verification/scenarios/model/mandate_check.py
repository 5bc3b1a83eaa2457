"""Refuses mandates that can't be enforced or that contradict themselves, whatever the wallet's history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from verification.scenarios.model.gas import MAX_WINDOW, MIN_WINDOW
from verification.scenarios.model.gas import check as check_gas
from verification.scenarios.model.outcomes import Refused, require
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.signed_mandate import KINDS, SignedBudget, SignedMandate, SignedRule
from verification.scenarios.model.terms import BUCKETS, NATIVE, Book

FORBIDDEN = ("registry", "switch", "factory", "entry point", "writer", "powers module")
"""Contracts that may never be paid or called, besides the wallet itself and the tokens."""
FORWARDERS = ("multicall", "permit2", "create2 deployer")
"""Contracts that make calls or move tokens for any caller."""
DAY = 86_400
MAX_BUDGETS, MAX_TOKENS, MAX_WINDOWS, MAX_PAYEES, MAX_LIMITED = 4, 8, 4, 1000, 100
MAX_CURRENCY = 31
"""Bytes of UTF-8."""
MAX_DECIMALS, MAX_DIFFERENCE = 18, 18
MAX_CALLS, MAX_ARGUMENTS, MAX_VALUES = 64, 16, 32
MAX_CHEQUES, MIN_PERIOD, MAX_PERIOD = 256, 60, 365 * DAY
MAX_SIZE = 24_575


@dataclass(frozen=True)
class Directory:
    """What a mandate check needs to know about addresses."""

    code: frozenset[str]
    """Names that have code."""
    order: Callable[[str], bytes]
    """The address, to compare two names in ascending order."""

    def has_code(self, name: str) -> bool:
        """Whether a name is a contract."""
        return name in self.code


class MandateCheck:
    """Checks one mandate for one wallet."""

    def __init__(
        self, mandate: SignedMandate, wallet: str, now: int, directory: Directory, decimals: Callable[[str], int | None]
    ) -> None:
        """`decimals` returns what a token reports, or None if the call reverts."""
        self.mandate, self.wallet, self.now, self.directory, self.decimals = mandate, wallet, now, directory, decimals
        self.tokens = [token for budget in mandate.budgets for token, _ in budget.tokens]

    def all(self) -> None:
        """Runs all checks in the contract's order, so that the same error comes first."""
        mandate = self.mandate
        key, start, end = mandate.agent_key, mandate.valid_from, mandate.valid_until
        require(key not in (NOBODY, mandate.principal, self.wallet), "InvalidAgentKey", key)
        require(start < end, "ValidityInverted", start, end)
        require(self.now < end, "ValidityPast", end, self.now)
        self._budgets()
        for budget in mandate.budgets:
            self._payees(budget)
            self._limited(budget)
        self._powers()
        require(mandate.size <= MAX_SIZE, "MandateTooLarge", mandate.size, MAX_SIZE)

    # Budgets

    def _budgets(self) -> None:
        budgets = self.mandate.budgets
        require(1 <= len(budgets) <= MAX_BUDGETS, "InvalidBudgetCount", len(budgets), MAX_BUDGETS)
        payees, seen, currencies = 0, list[str](), set[str]()
        for budget in budgets:
            currency = budget.currency
            require(1 <= len(currency.encode()) <= MAX_CURRENCY, "InvalidCurrency", currency)
            require(currency not in currencies, "CurrencyTwice", currency)
            currencies.add(currency)
            self._windows(budget)
            self._tokens(budget, seen)
            listed = len(budget.payees) + len(budget.limited)
            payees += listed
            fits = payees <= MAX_PAYEES and len(budget.limited) <= MAX_LIMITED
            # Either a list of payees or any payee, not both.
            require(
                (listed > 0) != budget.any_payee and fits,
                "InvalidPayeeCount",
                currency,
                payees,
                MAX_PAYEES,
                budget.any_payee,
            )

    def _windows(self, budget: SignedBudget) -> None:
        currency, count = budget.currency, len(budget.windows)
        require(budget.decimals <= MAX_DECIMALS, "InvalidBudgetDecimals", currency, budget.decimals, MAX_DECIMALS)
        require(1 <= count <= MAX_WINDOWS, "InvalidWindowCount", currency, count, MAX_WINDOWS)
        shorter, smaller = 0, budget.payment_limit
        for length, limit in budget.windows:
            good = length % BUCKETS == 0 and MIN_WINDOW <= length <= MAX_WINDOW
            require(good, "InvalidWindowLength", currency, length, MIN_WINDOW, MAX_WINDOW)
            require(length > shorter, "WindowsNotAscending", currency, shorter, length)
            require(smaller <= limit, "LimitsContradict", currency, smaller, limit)
            shorter, smaller = length, limit
        require(smaller <= budget.lifetime_limit, "LimitsContradict", currency, smaller, budget.lifetime_limit)

    def _tokens(self, budget: SignedBudget, seen: list[str]) -> None:
        """`seen` collects all tokens so far: a token counts toward one budget, once."""
        count = len(budget.tokens)
        require(1 <= count <= MAX_TOKENS, "InvalidTokenCount", budget.currency, count, MAX_TOKENS)
        for token, decimals in budget.tokens:
            require(token not in seen, "TokenTwice", token)
            seen.append(token)
            require(token == NATIVE or self.directory.has_code(token), "TokenHasNoCode", token)
            actual = self.decimals(token)
            if actual is None:
                raise Refused("TokenDecimalsUnreadable", token)
            require(decimals == actual, "TokenDecimalsMismatch", token, decimals, actual)
            near = abs(decimals - budget.decimals) <= MAX_DIFFERENCE
            require(near, "InvalidScale", token, decimals, budget.decimals)

    # Payees

    def _never(self) -> Iterator[str]:
        """Addresses that may never be paid."""
        yield from (self.wallet, *FORBIDDEN, *self.tokens)

    def _payees(self, budget: SignedBudget) -> None:
        if not budget.payees:
            return
        require(budget.payees[0] != NOBODY, "PayeeRefused", NOBODY)
        for one, two in pairwise(budget.payees):
            require(self.directory.order(one) < self.directory.order(two), "PayeesNotAscending", one, two)
        for each in self._never():
            require(each not in budget.payees, "PayeeRefused", each)

    def _limited(self, budget: SignedBudget) -> None:
        before = NOBODY
        for payee, _, until in budget.limited:
            require(payee != NOBODY, "PayeeRefused", payee)
            require(self.directory.order(before) < self.directory.order(payee), "PayeesNotAscending", before, payee)
            before = payee
            require(payee not in self._never(), "PayeeRefused", payee)
            require(payee not in budget.payees, "PayeeTwice", payee)
            start = self.mandate.valid_from
            require(until > start, "PayeeNeverValid", payee, until, start)

    # Powers

    def _powers(self) -> None:
        powers = self.mandate.powers
        most, age = powers.max_requests, powers.max_request_age
        require((most == 0) == (age == 0), "RequestTermsContradict", most, age)
        check_gas(*powers.gas)
        require(len(powers.calls) <= MAX_CALLS, "InvalidCallCount", len(powers.calls), MAX_CALLS)
        before = bytes(36)
        for rule in powers.calls:
            key = self.directory.order(rule.target) + rule.selector
            require(before < key, "CallsNotAscending", rule.target, rule.selector)
            before = key
            self._rule(rule)
        for index, book in enumerate(powers.books):
            self._book(book, powers.books[:index])

    def _rule(self, rule: SignedRule) -> None:
        target, selector = rule.target, rule.selector
        never = (self.wallet, *FORBIDDEN, *FORWARDERS, *self.tokens)
        require(self.directory.has_code(target) and target not in never, "TargetRefused", target)
        require(selector != bytes(4), "InvalidSelector", target, selector)
        require(rule.value_limit == 0 or NATIVE in self.tokens, "NativeNotBudgeted", target, selector)
        count = len(rule.arguments)
        require(count <= MAX_ARGUMENTS, "InvalidArgumentCount", target, selector, count, MAX_ARGUMENTS)
        for index, (kind, values) in enumerate(rule.arguments):
            require(_values_fit(KINDS[kind], values), "InvalidArgumentValues", target, selector, index, len(values))

    def _book(self, book: Book, before: Sequence[Book]) -> None:
        """The largest sum of all cheques must fit into every limit (I29)."""
        budget = self._budget_of(book.token)
        require(budget is not None and book.token != NATIVE, "InvalidChequeToken", book.token)
        assert budget is not None
        twice = any(self._budget_of(each.token) == budget for each in before)
        require(not twice, "ChequeBookTwice", budget.currency)
        require(1 <= book.cheques <= MAX_CHEQUES, "InvalidChequeCount", book.token, book.cheques, MAX_CHEQUES)
        good = MIN_PERIOD <= book.period <= MAX_PERIOD
        require(good, "InvalidChequePeriod", book.token, book.period, MIN_PERIOD, MAX_PERIOD)
        good = 1 <= book.limit <= budget.payment_limit
        require(good, "InvalidChequeLimit", book.token, book.limit, budget.payment_limit)
        life = book.between(self.mandate.valid_from, self.mandate.valid_until - 1)
        reserves = [(book.within(length), limit) for length, limit in budget.windows]
        for reserve, limit in (*reserves, (life, budget.lifetime_limit)):
            require(reserve <= limit, "ChequesExceedLimit", book.token, reserve, limit)

    def _budget_of(self, token: str) -> SignedBudget | None:
        return next((each for each in self.mandate.budgets if token in dict(each.tokens)), None)


def _values_fit(kind: str, values: Sequence[int | str]) -> bool:
    if kind == "one of":
        return 1 <= len(values) <= MAX_VALUES
    return len(values) == (kind in ("equal", "at most"))
