"""What an agent spent against its rolling windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from eth_utils import keccak
from sqlalchemy import Connection, func, select

from peculium.ledger.followed import wallet_at
from peculium.ledger.logs import Log, arguments_of, from_text
from peculium.ledger.path import Path
from peculium.ledger.schema import charges, events, movements, tokens
from peculium.mandate import Budget, Mandate
from peculium.plain import as_plain
from peculium.units import from_base_units, from_timestamp, to_seconds, to_timestamp
from peculium.wallet.installed import mandate_of


@dataclass(frozen=True)
class Step:
    """From a moment on, what was spent in the window that ends then."""

    time: datetime
    spent: Decimal


@dataclass(frozen=True)
class Limit:
    """From a moment on, the limit of the window. None while no mandate was in force."""

    time: datetime
    limit: Decimal | None


@dataclass(frozen=True)
class WindowUse:
    """A rolling window over time, in whole units of the currency."""

    wallet: str
    currency: str
    length: timedelta
    steps: tuple[Step, ...]
    limits: tuple[Limit, ...]

    @property
    def most(self) -> Decimal:
        """The most that was spent in any window of this length."""
        return max((step.spent for step in self.steps), default=Decimal(0))

    def as_dict(self) -> dict[str, Any]:
        """Returns it as values that JSON can hold."""
        return {**as_plain(self), "most": as_plain(self.most)}


@dataclass
class _Charges:
    # Budget units of one currency.
    times: list[tuple[int, int]] = field(default_factory=list)
    """When how much was charged."""
    held: list[tuple[int, int | None, int]] = field(default_factory=list)
    """From when until when how much was authorized and not yet closed."""


@dataclass(frozen=True)
class Installed:
    """A mandate, and when it began and ended (unix seconds)."""

    time: int
    mandate: Mandate
    log: Log
    ended: int | None
    """When another one was installed, or it was lifted; None if it still stands."""


def windows_of(connection: Connection, wallet: str, until: int) -> list[WindowUse]:
    """Returns every window of every currency that a mandate of the wallet has had. `until` is the end (unix seconds), or later.

    Counts what the wallet charged, authorizations as long as they are open and from their settlement on, and cheques when
    they were settled.
    """
    wallet_id = wallet_at(connection, wallet).id
    # The clock of the chain can be ahead.
    times = (select(func.max(table.c.time)).where(table.c.wallet_id == wallet_id) for table in (events, movements))
    until = max(until, *(connection.execute(each).scalar() or 0 for each in times))
    installed = mandates_of(connection, wallet_id)
    found = []
    for currency, decimals in _currencies(installed).items():
        spent = _charges(connection, wallet_id, installed, currency)
        for length in sorted({w.length for _, b in _budgets(installed, currency) for w in b.windows}, key=to_seconds):
            steps = tuple(_steps(spent, to_seconds(length), decimals, until))
            limits = tuple(_limits(installed, currency, length, until))
            found.append(WindowUse(wallet, currency, timedelta(seconds=to_seconds(length)), steps, limits))
    return found


def mandates_of(connection: Connection, wallet_id: int) -> list[Installed]:
    """Returns all mandates of a wallet, oldest first."""
    query = select(events.c.time, events.c.name, events.c.log).where(
        events.c.wallet_id == wallet_id, events.c.name.in_(("MandateInstalled", "MandateLifted"))
    )
    rows = connection.execute(query.order_by(events.c.block, events.c.log_index)).all()
    found = []
    for position, (time, name, text) in enumerate(rows):
        if name == "MandateInstalled":
            log = from_text(text)
            ended = rows[position + 1][0] if position + 1 < len(rows) else None
            found.append(Installed(time, mandate_of(arguments_of(log)["mandate"]), log, ended))
    return found


def _currencies(installed: Iterable[Installed]) -> dict[str, int]:
    return {budget.currency: budget.decimals for each in installed for budget in each.mandate.budgets}


def _budgets(installed: Iterable[Installed], currency: str) -> list[tuple[Installed, Budget]]:
    return [(each, budget) for each in installed for budget in each.mandate.budgets if budget.currency == currency]


def _charges(connection: Connection, wallet_id: int, installed: Sequence[Installed], currency: str) -> _Charges:
    found = _Charges()
    query = select(charges.c.time, charges.c.amount, tokens.c.address).join_from(charges, tokens)
    for time, amount, token in connection.execute(query.where(charges.c.wallet_id == wallet_id)):
        if _budget_at(installed, time, token, currency) is not None:
            found.times.append((time, amount))
    _add_authorizations(connection, wallet_id, currency, found)
    query = select(movements.c.time, movements.c.amount, tokens.c.address).join_from(movements, tokens)
    cheques = query.where(movements.c.wallet_id == wallet_id, movements.c.path == Path.CHEQUE.value)
    for time, amount, token in connection.execute(cheques):
        budget = _budget_at(installed, time, token, currency)
        if budget is not None:
            found.times.append((time, _in_budget_units(budget, token, amount)))
    found.times.sort()
    return found


def _budget_at(installed: Sequence[Installed], time: int, token: str, currency: str) -> Budget | None:
    # The budget that charges a token. The mandate of that time comes first; a token keeps its currency in most others.
    ordered = sorted(installed, key=lambda each: not (each.time <= time and (each.ended is None or time <= each.ended)))
    for each in ordered:
        for budget in each.mandate.budgets:
            if any(known.address == token for known in budget.tokens):
                return budget if budget.currency == currency else None
    return None


def _in_budget_units(budget: Budget, token: str, amount: int) -> int:
    # Rounded up, as the wallet charges.
    decimals = next(each.decimals for each in budget.tokens if each.address == token)
    shift = decimals - budget.decimals
    return -(-amount // int(10**shift)) if shift > 0 else amount * int(10**-shift)


def _add_authorizations(connection: Connection, wallet_id: int, currency: str, found: _Charges) -> None:
    key = keccak(text=currency)
    query = select(events.c.time, events.c.name, events.c.log).where(
        events.c.wallet_id == wallet_id, events.c.name.in_(("PaymentAuthorized", "AuthorizationClosed"))
    )
    pending: dict[bytes, tuple[int, int]] = {}
    for time, name, text in connection.execute(query.order_by(events.c.block, events.c.log_index)):
        values = arguments_of(from_text(text))
        digest = bytes(values["digest"])
        if name == "PaymentAuthorized":
            if bytes(values["currency"]) == key:
                pending[digest] = time, values["charge"]
        elif digest in pending:
            since, charge = pending.pop(digest)
            found.held.append((since, time, charge))
            if values["settled"]:
                found.times.append((time, charge))
    found.held.extend((since, None, charge) for since, charge in pending.values())


def _steps(spent: _Charges, length: int, decimals: int, until: int) -> Iterable[Step]:
    # A charge at t counts in every window that ends in [t, t + length).
    changes: dict[int, int] = {}
    for time, amount in spent.times:
        changes[time] = changes.get(time, 0) + amount
        changes[time + length] = changes.get(time + length, 0) - amount
    for since, end, amount in spent.held:
        changes[since] = changes.get(since, 0) + amount
        if end is not None:
            changes[end] = changes.get(end, 0) - amount
    total = 0
    for time in sorted(changes):
        if time > until:
            return
        total += changes[time]
        yield Step(from_timestamp(time), from_base_units(total, decimals))


def _limits(installed: Sequence[Installed], currency: str, length: timedelta | int, until: int) -> Iterable[Limit]:
    for each in installed:
        window = next(
            (
                window
                for budget in each.mandate.budgets
                if budget.currency == currency
                for window in budget.windows
                if to_seconds(window.length) == to_seconds(length)
            ),
            None,
        )
        yield Limit(from_timestamp(each.time), None if window is None else Decimal(window.limit))
        end = min(each.ended or until, to_timestamp(each.mandate.valid_until))
        if end < until:
            yield Limit(from_timestamp(end), None)
