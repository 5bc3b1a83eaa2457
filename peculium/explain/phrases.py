"""Sentences that are the same about a mandate and about a wallet's present state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from peculium.errors import digits
from peculium.explain.words import length, listing, moment, money, native, roughly
from peculium.mandate import FOREVER, NO_LIMIT
from peculium.units import to_timestamp


def validity(start: datetime | int, end: datetime | int) -> str:
    """Says when a mandate begins and ends."""
    first, last = to_timestamp(start), to_timestamp(end)
    if last == FOREVER:
        return f"It begins at {moment(first)} and never ends."
    return f"It begins at {moment(first)} and ends at {moment(last)}, after {roughly(last - first)}."


def listed_payees(unit: str, payees: Sequence[str]) -> str:
    """Says who is paid within the limits of a budget. `payees` are in words."""
    return f"In {unit} it may pay {listing(payees)}, within these limits."


def limited_payee(unit: str, payee: str, limit: Decimal, until: datetime | int | None) -> str:
    """Says on what terms of its own a payee is paid. `until` is None without an end."""
    most = "within these limits" if limit == NO_LIMIT else f"at most {money(limit, unit)} in all"
    ends = until is not None and to_timestamp(until) != FOREVER
    return f"In {unit} it may pay {payee}, {most}{f', until {moment(until)}' if ends and until is not None else ''}."


def strangers(unit: str, payment: Decimal, window: Decimal, time: timedelta) -> str:
    """Says what anybody else is paid."""
    return (
        f"In {unit} it may pay anybody else at most {money(payment, unit)} in one payment, and all of them together at most "
        f"{money(window, unit)} in any {length(time)}."
    )


def cheques(unit: str, token: str, count: int, limit: Decimal, period: timedelta, to_strangers: bool) -> str:
    """Says which cheques may be signed. `token` is in words."""
    whom = "payees and strangers" if to_strangers else "payees without terms of their own"
    return (
        f"It may sign cheques in {token} without a transaction, to {whom}: {count} in each {length(period)}, each at most "
        f"{money(limit, unit)}. They are part of the limits in {unit}."
    )


def gas(operation: Decimal, window: Decimal, time: timedelta) -> str:
    """Says what user operations cost the wallet at most. Amounts are of the native currency."""
    return (
        f"The wallet pays for user operations: at most {native(operation)} each, and {digits(window)} in any {length(time)}, "
        "beside all budgets."
    )


def guard(contract: str) -> str:
    """Says what a guard does. `contract` is in words."""
    return f"The guard {contract}, such as a fleet budget, is asked about every charge. It can only refuse."
