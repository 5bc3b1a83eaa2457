"""What a new mandate changes in its budgets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from peculium.errors import digits
from peculium.explain.difference import Difference, Direction, by_size, changed, difference
from peculium.explain.rolling import most_within
from peculium.explain.words import Naming, length, listing, moment, money
from peculium.mandate import NO_LIMIT, Budget, Mandate
from peculium.units import FOREVER, to_base_units, to_seconds, to_timestamp

FINEST = 18
"""Decimals in which budgets are compared: those of the finest."""


def budget_differences(old: Mandate, new: Mandate, naming: Naming) -> Iterator[Difference]:
    """Yields the differences of all budgets but those of their cheques."""
    budgets = [{each.currency: each for each in mandate.budgets} for mandate in (old, new)]
    for currency in dict.fromkeys((*budgets[0], *budgets[1])):
        before, after = (each.get(currency) for each in budgets)
        if before and after:
            yield from _Pair(before, after, naming).differences()
        else:
            shown = [_budget_words(each) if each else None for each in (before, after)]
            direction = Direction.of(before is None, after is None)
            yield difference(direction, f"budget.{currency}", f"Budget in {currency}", shown)


def _budget_words(budget: Budget) -> str:
    limits = [f"{money(budget.payment_limit, budget.currency)} in one payment"]
    limits += [f"{money(each.limit, budget.currency)} in any {length(each.length)}" for each in budget.windows]
    return listing([*limits, f"{money(budget.lifetime_limit, budget.currency)} in all"])


class _Pair:
    """A budget before and after."""

    def __init__(self, before: Budget, after: Budget, naming: Naming) -> None:
        self.before, self.after, self.naming = before, after, naming
        self.unit = before.currency
        self.field = f"budget.{before.currency}"

    def differences(self) -> Iterator[Difference]:
        yield from self._limit("per_payment", f"One payment in {self.unit}", "payment_limit")
        yield from self._windows()
        yield from self._limit("ever", f"All payments in {self.unit}", "lifetime_limit")
        yield from self._limit("spent_at_most", f"Spent before, in {self.unit}", "spent_at_most")
        digits_ = self.before.decimals, self.after.decimals
        yield from changed(f"{self.field}.decimals", f"Decimals in {self.unit}", digits_)
        yield from self._tokens()
        yield from self._payees()
        yield from self._limit(
            "strangers.per_payment", f"One payment in {self.unit} to a stranger", "stranger_payment_limit"
        )
        yield from self._limit("strangers.limit", f"All strangers in {self.unit}", "stranger_window_limit")

    def _limit(self, key: str, what: str, name: str) -> Iterator[Difference]:
        values = getattr(self.before, name), getattr(self.after, name)
        yield from by_size(f"{self.field}.{key}", what, values, self._money)

    def _money(self, amount: Decimal) -> str:
        return "any amount" if amount.is_infinite() else money(amount, self.unit)

    def _windows(self) -> Iterator[Difference]:
        # A limit that another one implies has no effect. So what counts is the most that all of them let through.
        limits = [{to_seconds(w.length): w.limit for w in budget.windows} for budget in (self.before, self.after)]
        units = [[(n, to_base_units(limit, FINEST)) for n, limit in each.items()] for each in limits]
        for seconds in sorted({*limits[0], *limits[1]}):
            before, after = (each.get(seconds) for each in limits)
            if before == after:
                continue
            most = [most_within(each, seconds) for each in units]
            further = "This has no effect: other limits allow no more." if most[0] == most[1] else ""
            yield difference(
                Direction.of(most[1] > most[0], most[1] < most[0]),
                f"{self.field}.window.{seconds}",
                f"In {self.unit} in any {length(seconds)}",
                [None if each is None else f"at most {digits(each)}" for each in (before, after)],
                further,
            )

    def _tokens(self) -> Iterator[Difference]:
        tokens = [{token.address: token.decimals for token in budget.tokens} for budget in (self.before, self.after)]
        for token in dict.fromkeys((*tokens[0], *tokens[1])):
            before, after = (each.get(token) for each in tokens)
            field, name = f"{self.field}.token.{token}", self.naming(token)
            if before is not None and after is not None:
                yield from changed(f"{field}.decimals", f"Decimals of {name}", (before, after))
            else:
                shown = (None if each is None else name for each in (before, after))
                yield difference(Direction.of(before is None, after is None), field, f"Token in {self.unit}", shown)

    # Payees

    def _payees(self) -> Iterator[Difference]:
        terms = _terms(self.before), _terms(self.after)
        for payee in dict.fromkeys((*terms[0], *terms[1])):
            before, after = (each.get(payee) for each in terms)
            if before == after:
                continue
            yield difference(
                self._direction(before, after),
                f"{self.field}.payee.{payee}",
                f"{self.naming(payee)} in {self.unit}",
                [None if each is None else self._terms_words(each) for each in (before, after)],
            )

    def _direction(self, before: _Terms | None, after: _Terms | None) -> Direction:
        if before is None:
            return _arrival(self.before, after)
        if after is None:
            return _arrival(self.after, before).mirror
        places = range(len(before))
        return Direction.of(any(after[i] > before[i] for i in places), any(after[i] < before[i] for i in places))

    def _terms_words(self, terms: _Terms) -> str:
        plain, limit, until = terms
        if plain:
            return "a payee within the budget"
        end = "" if until == FOREVER else f" until {moment(until)}"
        return ("no limit of its own" if limit == NO_LIMIT else f"at most {money(limit, self.unit)} in all") + end


_Terms = tuple[int, Decimal, int]
"""1 for a payee without terms of its own, else 0; its limit, and its end (unix seconds)."""


def _terms(budget: Budget) -> dict[str, _Terms]:
    plain: dict[str, _Terms] = dict.fromkeys(budget.payees, (1, NO_LIMIT, FOREVER))
    return plain | {each.payee: (0, each.limit, _end(each.valid_until)) for each in budget.limited_payees}


def _end(until: datetime | int) -> int:
    return to_timestamp(until)


def _arrival(without: Budget, terms: _Terms | None) -> Direction:
    # Whoever isn't listed is a stranger, if there are any. Terms of its own can be wider than a stranger's, or narrower.
    own_terms = terms is not None and not terms[0]
    return Direction.CHANGED if own_terms and without.stranger_payment_limit else Direction.WIDER
