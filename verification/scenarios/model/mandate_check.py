"""Refuses mandates that can't be enforced or that contradict themselves, whatever the wallet's history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from verification.scenarios.model.gas import MAX_WINDOW, MIN_WINDOW
from verification.scenarios.model.gas import check as check_gas
from verification.scenarios.model.guards import ANSWER, Guard, refused_by
from verification.scenarios.model.outcomes import Refused, require
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.signed_mandate import KINDS, SignedBudget, SignedMandate, SignedRule
from verification.scenarios.model.terms import BUCKETS, NATIVE, Book

FORBIDDEN = (
    "registry",
    "switch",
    "factory",
    "entry point",
    "writer",
    "mandate module",
    "powers module",
    "views module",
    "implementation",
)
"""Contracts that may never be paid or called, besides the wallet itself and the tokens."""
FORWARDERS = ("multicall", "permit2", "create2 deployer")
"""Contracts that make calls or move tokens for any caller."""
DAY = 86_400
MAX_BUDGETS, MAX_TOKENS, MAX_WINDOWS, MAX_PAYEES, MAX_LIMITED = 4, 8, 4, 1000, 100
MAX_CURRENCY = 12
CURRENCY_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
"""No two of them look alike in another alphabet or case."""
MAX_DECIMALS, MAX_DIFFERENCE = 18, 18
MAX_CALLS, MAX_ARGUMENTS, MAX_VALUES = 64, 16, 32
MAX_CHEQUES, MIN_PERIOD, MAX_PERIOD = 256, 60, 365 * DAY
MAX_SIZE = 24_575


@dataclass(frozen=True)
class Directory:
    """What a mandate check needs to know about addresses and functions."""

    code: frozenset[str]
    """Names that have code."""
    order: Callable[[str], bytes]
    """The address, to compare two names in ascending order."""
    reserved: frozenset[bytes]
    """Selectors of the functions with which wallets call their guards."""

    def has_code(self, name: str) -> bool:
        """Whether a name is a contract."""
        return name in self.code

    def require_not_reserved(self, target: str, selector: bytes) -> None:
        """Refuses a call with which only the wallet itself may ask or tell a guard (I34)."""
        require(selector not in self.reserved, "ReservedForGuards", target, selector)


class Tokens(Protocol):
    """What a mandate check reads from tokens."""

    def decimals_of(self, token: str) -> int | None:
        """The decimals that a token reports, or None if the call reverts."""

    def reports_balance(self, token: str) -> bool:
        """Whether an address answers `balanceOf`."""


class MandateCheck:
    """Checks one mandate for one wallet."""

    def __init__(
        self,
        mandate: SignedMandate,
        wallet: str,
        now: int,
        directory: Directory,
        tokens: Tokens,
        guards: Mapping[str, Guard],
    ) -> None:
        self.mandate, self.wallet, self.now, self.directory, self.reads = mandate, wallet, now, directory, tokens
        self.guards = guards
        self.guarded = [mandate.guard] if mandate.guard != NOBODY else []
        """The guard, if there is one."""
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
        for guard in self.guarded:
            self._guard(guard)
        require(mandate.size <= MAX_SIZE, "MandateTooLarge", mandate.size, MAX_SIZE)

    # Budgets

    def _budgets(self) -> None:
        budgets = self.mandate.budgets
        require(1 <= len(budgets) <= MAX_BUDGETS, "InvalidBudgetCount", len(budgets), MAX_BUDGETS)
        payees, seen, currencies = 0, list[str](), set[str]()
        for budget in budgets:
            currency = budget.currency
            check_currency(currency)
            require(currency not in currencies, "CurrencyTwice", currency)
            currencies.add(currency)
            check_windows(currency, budget.decimals, budget.payment_limit, budget.windows, budget.lifetime_limit)
            self._strangers(budget)
            self._tokens(budget, seen)
            listed = len(budget.payees) + len(budget.limited)
            payees += listed
            spendable = listed > 0 or budget.stranger_payment > 0 or len(self.mandate.powers.calls) > 0
            fits = payees <= MAX_PAYEES and len(budget.limited) <= MAX_LIMITED
            require(spendable and fits, "InvalidPayeeCount", currency, payees, MAX_PAYEES)

    def _strangers(self, budget: SignedBudget) -> None:
        """Limits for strangers are both zero or none, and never above those for everybody."""
        currency, payment, window = budget.currency, budget.stranger_payment, budget.stranger_window
        require((payment == 0) == (window == 0), "StrangerLimitsContradict", currency, payment, window)
        first = budget.windows[0][1]
        for smaller, larger in ((payment, budget.payment_limit), (payment, window), (window, first)):
            require(smaller <= larger, "LimitsContradict", currency, smaller, larger)

    def _tokens(self, budget: SignedBudget, seen: list[str]) -> None:
        """`seen` collects all tokens so far: a token counts toward one budget, once."""
        count = len(budget.tokens)
        require(1 <= count <= MAX_TOKENS, "InvalidTokenCount", budget.currency, count, MAX_TOKENS)
        for token, decimals in budget.tokens:
            require(token not in seen, "TokenTwice", token)
            seen.append(token)
            require(token == NATIVE or self.directory.has_code(token), "TokenHasNoCode", token)
            actual = self.reads.decimals_of(token)
            if actual is None:
                raise Refused("TokenDecimalsUnreadable", token)
            require(decimals == actual, "TokenDecimalsMismatch", token, decimals, actual)
            near = abs(decimals - budget.decimals) <= MAX_DIFFERENCE
            require(near, "InvalidScale", token, decimals, budget.decimals)

    # Payees

    def _never(self) -> Iterator[str]:
        """Addresses that may never be paid."""
        yield from (self.wallet, *FORBIDDEN, *self.guarded, *self.tokens)

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
        for index, rule in enumerate(powers.calls):
            if index:
                self._order(powers.calls[index - 1], rule)
            self._rule(rule)
            self._floor(rule, self._arguments(rule))
        for index, book in enumerate(powers.books):
            self._book(book, powers.books[:index])

    def _order(self, before: SignedRule, rule: SignedRule) -> None:
        order = self.directory.order
        one, two = order(before.target) + before.selector, order(rule.target) + rule.selector
        name = rule.target, rule.selector, rule.variant
        require((one, before.variant) < (two, rule.variant), "CallsNotAscending", *name)
        # Variants of one function share the count of its calls.
        same = (before.max_calls, before.window) == (rule.max_calls, rule.window)
        require(one != two or same, "VariantsDiffer", *name)

    def _rule(self, rule: SignedRule) -> None:
        target, selector = name = rule.target, rule.selector
        never = (self.wallet, *FORBIDDEN, *FORWARDERS, *self.guarded, *self.tokens)
        require(self.directory.has_code(target) and target not in never, "TargetRefused", target)
        require(selector != bytes(4), "InvalidSelector", *name)
        self.directory.require_not_reserved(*name)
        require(rule.token in self.tokens, "InvalidCallToken", *name, rule.token)
        require(rule.value_limit == 0 or NATIVE in self.tokens, "NativeNotBudgeted", *name)
        require(rule.pull_limit == 0 or rule.token != NATIVE, "NativeNotPullable", *name)
        require(rule.max_calls > 0, "InvalidMaxCalls", *name)
        good = rule.window % BUCKETS == 0 and MIN_WINDOW <= rule.window <= MAX_WINDOW
        require(good, "InvalidCallWindow", *name, rule.window, MIN_WINDOW, MAX_WINDOW)

    def _arguments(self, rule: SignedRule) -> bool:
        """Returns whether a call by this rule can charge its token."""
        name, count = (rule.target, rule.selector), len(rule.arguments)
        charges = rule.pull_limit > 0 or (rule.token == NATIVE and rule.value_limit > 0)
        require(count <= MAX_ARGUMENTS, "InvalidArgumentCount", *name, count, MAX_ARGUMENTS)
        kinds = [KINDS[kind] for kind, _ in rule.arguments]
        for index, (kind, (_, values)) in enumerate(zip(kinds, rule.arguments, strict=True)):
            require(_values_fit(kind, values), "InvalidArgumentValues", *name, index, len(values))
            if kind == "charged":
                require(not charges, "ChargedTwice", *name)
                charges = True
            if kind == "tail in":
                # A dynamic argument would be part of the tail.
                last = index == count - 1 and not {"any bytes", "any words"} & set(kinds)
                require(last, "InvalidTail", *name, index)
        return charges

    def _floor(self, rule: SignedRule, charges: bool) -> None:
        name, token = (rule.target, rule.selector), rule.gain_token
        require((rule.gain == 0) == (rule.per == 0), "FloorIncomplete", *name, rule.gain, rule.per)
        if rule.gain == 0:
            return require(token == NOBODY, "GainTokenWithoutFloor", *name, token)
        require(token != rule.token, "FloorInOwnToken", *name, token)
        # Native currency would leave the wallet uncounted by a floor in terms of another token.
        require(rule.value_limit == 0 or rule.token == NATIVE, "ValueBesideFloor", *name)
        require(charges, "FloorWithoutCharge", *name)
        return require(token == NATIVE or self.reads.reports_balance(token), "GainTokenUnreadable", token)

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
        most = budget.stranger_payment if book.strangers else budget.payment_limit
        require(1 <= book.limit <= most, "InvalidChequeLimit", book.token, book.limit, most)
        life = book.between(self.mandate.valid_from, self.mandate.valid_until - 1)
        reserves = [(book.within(length), limit) for length, limit in budget.windows]
        if book.strangers:
            reserves.insert(0, (book.within(budget.windows[0][0]), budget.stranger_window))
        for reserve, limit in (*reserves, (life, budget.lifetime_limit)):
            require(reserve <= limit, "ChequesExceedLimit", book.token, reserve, limit)

    def _guard(self, guard: str) -> None:
        """The guard is asked last, about a mandate that is otherwise valid."""
        require(not self.mandate.powers.books, "GuardBesideChequeBook", guard)
        gains = (rule.gain_token for rule in self.mandate.powers.calls)
        require(guard not in (*self.tokens, *gains), "GuardIsToken", guard)
        try:
            self._ask(guard)
        except Refused as reason:
            raise refused_by(guard, reason) from None

    def _ask(self, guard: str) -> None:
        if guard not in self.guards:
            # It has no code, or no such function.
            raise Refused(ANSWER, b"")
        self.guards[guard].accepts(self.wallet, self.mandate)

    def _budget_of(self, token: str) -> SignedBudget | None:
        return next((each for each in self.mandate.budgets if token in dict(each.tokens)), None)


def check_currency(currency: str) -> None:
    """A name has 1 to 12 capital letters and digits."""
    named = 1 <= len(currency) <= MAX_CURRENCY and CURRENCY_CHARACTERS.issuperset(currency)
    require(named, "InvalidCurrency", currency)


def check_windows(
    currency: str, decimals: int, smallest: int, windows: Sequence[tuple[int, int]], lifetime: int
) -> None:
    """Lengths ascend strictly, and limits don't descend from `smallest` on."""
    count = len(windows)
    require(decimals <= MAX_DECIMALS, "InvalidBudgetDecimals", currency, decimals, MAX_DECIMALS)
    require(1 <= count <= MAX_WINDOWS, "InvalidWindowCount", currency, count, MAX_WINDOWS)
    shorter, smaller = 0, smallest
    for length, limit in windows:
        good = length % BUCKETS == 0 and MIN_WINDOW <= length <= MAX_WINDOW
        require(good, "InvalidWindowLength", currency, length, MIN_WINDOW, MAX_WINDOW)
        require(length > shorter, "WindowsNotAscending", currency, shorter, length)
        require(smaller <= limit, "LimitsContradict", currency, smaller, limit)
        shorter, smaller = length, limit
    require(smaller <= lifetime, "LimitsContradict", currency, smaller, lifetime)


def _values_fit(kind: str, values: Sequence[int | str | bytes]) -> bool:
    if kind in ("one of", "tail in"):
        return 1 <= len(values) <= MAX_VALUES
    return len(values) == (kind in ("equal", "at most", "at least"))
