"""Rules about what an agent pays: so many payments in a time, so much money in a time, no new payees. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from peculium.errors import InvalidInput, digits, quote
from peculium.explain.words import length
from peculium.plain import as_plain
from peculium.units import to_seconds
from peculium.watching.payments import Payment

_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}
_PER = rf"(?P<number>[1-9][0-9]{{0,3}})?(?P<unit>{'|'.join(_SECONDS)})"
_COUNT = re.compile(rf"(?P<most>[0-9]{{1,9}})\s*/\s*{_PER}")
_MONEY = re.compile(rf"(?P<most>[0-9]{{1,30}}(\.[0-9]{{1,18}})?)\s+(?P<currency>\S{{1,32}}?)\s*/\s*{_PER}")
LONGEST = timedelta(days=31)
"""The longest time that a rule can be about: payments of that time are read when the watch begins."""


@dataclass(frozen=True)
class MostPayments:
    """At most so many payments in any interval of a length."""

    most: int
    per: timedelta

    def broken_by(self, payments: Sequence[Payment]) -> str | None:
        """Returns what happened if the last of these payments breaks the rule."""
        count = len(_recent(payments, self.per))
        if count <= self.most:
            return None
        return f"{count} payments in {length(self.per)}; the rule allows {self.most}"


@dataclass(frozen=True)
class MostSpent:
    """At most so much in one currency in any interval of a length."""

    most: Decimal
    """Whole units of the currency."""
    currency: str
    per: timedelta

    def broken_by(self, payments: Sequence[Payment]) -> str | None:
        """Returns what happened if the last of these payments breaks the rule."""
        if payments[-1].currency != self.currency:
            return None
        recent = (each.charge for each in _recent(payments, self.per) if each.currency == self.currency)
        spent = sum(recent, Decimal(0))
        if spent <= self.most:
            return None
        return f"{digits(spent)} {self.currency} in {length(self.per)}; the rule allows {digits(self.most)} {self.currency}"


@dataclass(frozen=True)
class NoNewPayee:
    """Nobody is paid whom the agent hasn't paid before, the mandate doesn't list, and the address book doesn't name."""

    known: frozenset[str] = frozenset()
    """Addresses of payees that are known when the watch begins."""

    def broken_by(self, payments: Sequence[Payment]) -> str | None:
        """Returns what happened if the last of these payments breaks the rule."""
        last = payments[-1]
        if last.payee in self.known or any(each.payee == last.payee for each in payments[:-1]):
            return None
        return f"a payment to the new payee {last.payee}"


Rule = MostPayments | MostSpent | NoNewPayee


@dataclass(frozen=True)
class Breach:
    """A payment that broke a rule."""

    wallet: str
    rule: Rule
    payment: Payment
    text: str
    """What happened."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it for a program."""
        return {"wallet": self.wallet, "rule": name_of(self.rule), "text": self.text, "payment": as_plain(self.payment)}


def breaches(rules: Iterable[Rule], payments: Sequence[Payment], after: tuple[int, int] = (-1, -1)) -> list[Breach]:
    """Returns the payments of one wallet that break rules, of those behind a position on the chain (block and index).

    `payments` are all since the longest time of a rule, oldest first; those before the position count, and are no breach.
    """
    found = []
    given = list(rules)
    for index, payment in enumerate(payments):
        if payment.position <= after:
            continue
        so_far = payments[: index + 1]
        for rule in given:
            if (text := rule.broken_by(so_far)) is not None:
                found.append(Breach(payment.wallet, rule, payment, text))
    return found


def longest(rules: Iterable[Rule]) -> timedelta:
    """Returns the longest time that these rules are about."""
    return max((each.per for each in rules if not isinstance(each, NoNewPayee)), default=timedelta(0))


def most_payments(text: str) -> MostPayments:
    """Reads a rule such as "20/h" or "5/10m". Raises `InvalidInput` for anything else."""
    found = _COUNT.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f"{quote(text)} is no number of payments in a time. Write it as 20/h, 5/10m or 100/d.")
    return MostPayments(int(found["most"]), _time(found))


def most_spent(text: str) -> MostSpent:
    """Reads a rule such as "50 USD/h". Raises `InvalidInput` for anything else."""
    found = _MONEY.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f'{quote(text)} is no amount in a time. Write it as "50 USD/h" or "12.50 EUR/10m".')
    return MostSpent(Decimal(found["most"]), found["currency"], _time(found))


def name_of(rule: Rule) -> str:
    """Returns a rule as it is written on the command line."""
    if isinstance(rule, NoNewPayee):
        return "new payee"
    per = f"{to_seconds(rule.per)}s"
    if isinstance(rule, MostPayments):
        return f"{rule.most}/{per}"
    return f"{digits(rule.most)} {rule.currency}/{per}"


def _time(found: re.Match[str]) -> timedelta:
    time = timedelta(seconds=int(found["number"] or 1) * _SECONDS[found["unit"]])
    if time > LONGEST:
        raise InvalidInput(f"The time of a rule is {length(time)}; the most is {length(LONGEST)}. Pass a shorter one.")
    return time


def _recent(payments: Sequence[Payment], per: timedelta) -> list[Payment]:
    # Those in the interval of this length that ends with the last one.
    start = payments[-1].time - per
    return [each for each in payments if each.time > start]
