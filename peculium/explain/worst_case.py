"""The most that whoever has the agent key can take, in money, whatever it does.

Computed from the mandate: its limits, windows, validity, payees, strangers' terms, cheques and call rules. Everything that
the limits count is taken as lost. What isn't counted is said in words, by `sentences`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from peculium.errors import InvalidInput, digits
from peculium.explain.rolling import most_within
from peculium.explain.state import WalletState
from peculium.mandate import FOREVER, NATIVE, NO_LIMIT, ArgumentKind, Budget, CallRule, Mandate
from peculium.units import from_base_units, to_base_units, to_seconds, to_timestamp

DAY = 86_400
NATIVE_CURRENCY = "native"
"""What `WorstCase.currency` is for the gas of user operations: the native currency."""


@dataclass(frozen=True)
class WorstCase:
    """The most that can be taken in one currency, or by the gas of user operations. Amounts are whole units."""

    currency: str
    """The budget's, or `NATIVE_CURRENCY`."""
    gas: bool
    """Whether it is about gas. It adds to what the budgets allow."""
    now: Decimal
    """At once; with the wallet's state the true amount now, at most what the wallet holds."""
    any_24_hours: Decimal
    """In every interval of 24 hours."""
    ever: Decimal | None
    """Until the mandate ends; None: without bound, because it never ends."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it for a program, with amounts as text."""
        return {
            "currency": self.currency,
            "gas": self.gas,
            "now": digits(self.now),
            "any_24_hours": digits(self.any_24_hours),
            "ever": None if self.ever is None else digits(self.ever),
        }


def worst_cases(mandate: Mandate, state: WalletState | None = None) -> list[WorstCase]:
    """Returns the worst case in each currency, and of gas if the wallet pays for any.

    Without `state`, for a wallet that has spent nothing yet. Raises `InvalidInput` if the state is that of another mandate,
    and the error of `Mandate.check` for a mandate that no wallet would take.
    """
    mandate.check()
    if state is not None and state.mandate_hash != mandate.hash():
        raise InvalidInput("The wallet's state is that of another mandate. Pass the mandate in force, or no state.")
    found = [_Money(mandate, budget, state).worst_case() for budget in mandate.budgets]
    return found + ([_gas(mandate, state)] if mandate.gas_terms.window else [])


class _Validity:
    """How long a mandate can still be used, from its start or from the time of the state."""

    def __init__(self, mandate: Mandate, state: WalletState | None) -> None:
        now = to_timestamp(state.at) if state else 0
        self.start = max(to_timestamp(mandate.valid_from), now)
        self.end = to_timestamp(mandate.valid_until)
        self.seconds = max(self.end - self.start, 0)
        acting = state is None or (state.live and now >= to_timestamp(mandate.valid_from))
        self.usable_now = acting and self.seconds > 0


class _Money:
    """The worst case of one budget (budget base units)."""

    def __init__(self, mandate: Mandate, budget: Budget, state: WalletState | None) -> None:
        self.mandate, self.budget, self.state = mandate, budget, state
        self.validity = _Validity(mandate, state)
        self.book = mandate.book_of(budget)
        self.cheque = budget.units(self.book.limit) if self.book else 0
        # What is reserved for cheques can't be paid in any other way.
        self.windows = [
            (length, budget.units(each.limit) - (self.book.within(length, self.cheque) if self.book else 0))
            for each in budget.windows
            for length in [to_seconds(each.length)]
        ]
        first, last = to_timestamp(mandate.valid_from), to_timestamp(mandate.valid_until) - 1
        reserve = self.book.between(first, last, self.cheque) if self.book else 0
        self.lifetime = budget.units(budget.lifetime_limit) - reserve
        left = state.remaining.get(budget.currency) if state else None
        self.left = left
        if left is not None:
            self.lifetime = budget.units(left.lifetime)

    def worst_case(self) -> WorstCase:
        seconds = self.validity.seconds
        ever = self._within(seconds) + self._cheques(seconds) + self._pending()
        short = min(DAY, seconds)
        # What was authorized before may still leave, within the windows.
        charged = min(self._within(short) + self._pending(), most_within(self.windows, short) if short else 0)
        day = min(charged + self._cheques(short), ever)
        if self.left is None:
            now = min(self._within(min(1, seconds)) + self._cheques(min(1, seconds)), day)
        else:
            now = self._now()
            day = max(day, now)
        now = min(now, ever) if self.validity.usable_now else 0
        amounts = (self.budget.whole(each) for each in (now, day, ever))
        return WorstCase(self.budget.currency, False, *amounts)

    def _pending(self) -> int:
        return self.budget.units(self.left.pending) if self.left else 0

    def _now(self) -> int:
        assert self.left is not None
        room = min(self.budget.units(min(self.left.lifetime, self.left.window)), self._sources(1))
        cheques = 0
        if self.book and self._takes_cheques():
            cheques = self._cheques_left() * self.cheque
        tokens = [token.address for token in self.budget.tokens]
        if not self.budget.units(self.budget.payment_limit):
            room = 0
        most = room + self._pending() + cheques
        if self.state and all(token in self.state.balances for token in tokens):
            held = sum(self._charge_of(token) for token in tokens)
            most = min(most, held)
        return most

    def _charge_of(self, token: str) -> int:
        assert self.state is not None
        listed = next(each for each in self.budget.tokens if each.address == token)
        return self.budget.charge(token, to_base_units(self.state.balances[token], listed.decimals))

    # What the windows, and those who can be paid, allow within an interval that begins with the validity

    def _within(self, seconds: int) -> int:
        """The most that is charged on the chain."""
        if not self.budget.units(self.budget.payment_limit) or seconds <= 0:
            return 0
        if self.budget.payees:
            return self._capacity(seconds)
        # Up to each end of a payee's terms all count; after it, only the others.
        ends = sorted({min(end, seconds) for _, end in self._limited()} | {seconds, 0})
        return min(self._capacity(end) + self._sources(seconds, end) for end in ends)

    def _capacity(self, seconds: int) -> int:
        return min(most_within(self.windows, seconds, self.lifetime), self.lifetime) if seconds else 0

    def _sources(self, seconds: int, after: int = 0) -> int:
        """The most that can be charged for those whose terms end later than `after`."""
        if self.budget.payees:
            return self.lifetime
        if after >= seconds:
            return 0
        rates = [most_within([window], seconds) for window in (*self._strangers(), *self._calls())]
        return sum(rates) + sum(limit for limit, end in self._limited() if end > after)

    def _limited(self) -> list[tuple[int, int]]:
        """Limit of each limited payee, and how long it can be paid (seconds)."""
        found = []
        for each in self.budget.limited_payees:
            limit = self.lifetime
            if each.limit != NO_LIMIT:
                paid = self.state.paid_to.get((self.budget.currency, each.payee), Decimal(0)) if self.state else 0
                limit = max(self.budget.units(each.limit) - self.budget.units(paid), 0)
            found.append((limit, max(min(to_timestamp(each.valid_until), self.validity.end) - self.validity.start, 0)))
        return found

    def _strangers(self) -> Iterator[tuple[int, int]]:
        if self.budget.stranger_payment_limit:
            length = to_seconds(self.budget.windows[0].length)
            reserve = self.book.within(length, self.cheque) if self.book and self.book.strangers else 0
            yield length, self.budget.units(self.budget.stranger_window_limit) - reserve

    def _calls(self) -> Iterator[tuple[int, int]]:
        """Window of each function, and the most that all its calls in it charge."""
        most: dict[tuple[str, bytes], tuple[int, int]] = {}
        for rule in self.mandate.calls:
            key, charge = (rule.target, rule.selector), call_charge(rule, self.budget)
            before = most.get(key, (0, 0))[1]
            most[key] = to_seconds(rule.window), max(before, charge * rule.max_calls)
        yield from (each for each in most.values() if each[1])

    # Cheques

    def _cheques_left(self) -> int:
        assert self.book is not None
        return self.state.cheques_left.get(self.book.token, self.book.count) if self.state else self.book.count

    def _takes_cheques(self) -> bool:
        assert self.book is not None
        return bool(self.budget.payees) or (self.book.strangers and bool(self.budget.stranger_payment_limit))

    def _cheques(self, seconds: int) -> int:
        """The most that cheques pay within an interval, which touches one period more than fit into it."""
        if self.book is None or seconds <= 0 or not self._takes_cheques():
            return 0
        period = to_seconds(self.book.period)
        touched = 1 + -(-(seconds - 1) // period)
        in_all = self.book.between(self.validity.start, self.validity.end - 1, self.cheque)
        if self.state is not None:
            in_all -= (self.book.count - self._cheques_left()) * self.cheque
        return min(touched * self.book.count * self.cheque, in_all)


def call_charge(rule: CallRule, budget: Budget) -> int:
    """Returns the most that one call charges to a budget (budget base units)."""
    tokens = [token.address for token in budget.tokens]
    payment = budget.units(budget.payment_limit)
    charge = 0
    if rule.token in tokens:
        if any(argument.kind == ArgumentKind.CHARGED for argument in rule.arguments):
            charge += payment
        charge += min(budget.units(rule.pull_limit), payment)
    if NATIVE in tokens and rule.value_limit:
        charge += min(budget.charge(NATIVE, to_base_units(rule.value_limit, 18)), payment)
    return charge


def _gas(mandate: Mandate, state: WalletState | None) -> WorstCase:
    terms, validity = mandate.gas_terms.message(), _Validity(mandate, state)
    window = [(terms["window"], terms["windowLimit"])]
    day = most_within(window, min(DAY, validity.seconds))
    ever = None if validity.end == FOREVER else from_base_units(most_within(window, validity.seconds), 18)
    now = from_base_units(min(terms["windowLimit"], day), 18)
    if state is not None and state.gas is not None:
        now = min(now, state.gas.remaining)
        now = min(now, state.balances.get(NATIVE, now))
    now = now if validity.usable_now else Decimal(0)
    return WorstCase(NATIVE_CURRENCY, True, now, from_base_units(day, 18), ever)
