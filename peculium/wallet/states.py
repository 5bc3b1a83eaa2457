"""What a wallet reports about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from peculium.units import from_base_units, from_timestamp


@dataclass(frozen=True)
class WindowState:
    """The state of a rolling window. Amounts are whole units of the currency."""

    length: timedelta
    limit: Decimal
    """Limit of charges on the chain: the mandate's limit, less the amount reserved for cheques."""
    remaining: Decimal
    """What can be charged now."""
    returns_at: datetime | None
    """When `remaining` next grows without any action (UTC); None if it doesn't."""
    returns: Decimal
    """By how much it grows then."""

    @classmethod
    def of(cls, state: Any, decimals: int) -> WindowState:
        """Converts the contracts' `WindowState`; `decimals` are those of its budget."""
        length, limit, left, when, returns = state
        limit, left, returns = (from_base_units(units, decimals) for units in (limit, left, returns))
        return cls(timedelta(seconds=length), limit, left, from_timestamp(when) if when else None, returns)


@dataclass(frozen=True)
class StrangerState:
    """What the mandate allows now for payments to strangers. Amounts are whole units of the currency."""

    payment: Decimal
    """Limit of one payment."""
    window: WindowState
    """Their rolling window, as long as the budget's first."""


@dataclass(frozen=True)
class Remaining:
    """What the mandate allows now in one currency. Amounts are whole units of the currency."""

    payment: Decimal
    """Limit of one payment."""
    lifetime_limit: Decimal
    """Lifetime limit of charges on the chain: the mandate's limit, less the amount reserved for cheques."""
    lifetime: Decimal
    """What remains of it."""
    pending: Decimal
    """Charges of authorizations that aren't closed. They count in every window."""
    strangers: StrangerState | None
    """What payments to strangers may charge; None: strangers can't be paid."""
    windows: tuple[WindowState, ...]
    """Shortest first."""

    @classmethod
    def of(cls, state: Any, decimals: int) -> Remaining:
        """Converts the contracts' `BudgetState`; `decimals` are those of the budget."""
        payment, lifetime_limit, lifetime, pending, strangers, windows = state
        limit, most, left, held = (
            from_base_units(units, decimals) for units in (payment, lifetime_limit, lifetime, pending)
        )
        terms = None
        if strangers[0]:
            terms = StrangerState(from_base_units(strangers[0], decimals), WindowState.of(strangers[1], decimals))
        return cls(limit, most, left, held, terms, tuple(WindowState.of(each, decimals) for each in windows))

    @property
    def window(self) -> Decimal:
        """The smallest remaining amount of all windows."""
        return min(window.remaining for window in self.windows)

    @property
    def now(self) -> Decimal:
        """The largest charge that one payment to a listed payee can make now."""
        return min(self.payment, self.lifetime, self.window)

    @property
    def now_to_stranger(self) -> Decimal:
        """The largest charge that one payment to a stranger can make now."""
        if self.strangers is None:
            return Decimal(0)
        return min(self.now, self.strangers.payment, self.strangers.window.remaining)


@dataclass(frozen=True)
class Grant:
    """The mandate in force, without its budgets and powers."""

    principal: str
    epoch: int
    agent_key: str
    valid_from: datetime
    """UTC, inclusive."""
    valid_until: datetime
    """UTC, exclusive."""
    guard: str
    """A contract that is asked about every charge; the zero address: none."""
    mandate_hash: bytes
    """32 bytes."""


@dataclass(frozen=True)
class OperationGas:
    """The gas terms in force and their state. Amounts are whole units of the native currency; see `GasTerms`."""

    operation_limit: Decimal
    """Limit of the maximum cost of one operation (inclusive)."""
    window_limit: Decimal
    """Limit of the maximum cost of all operations in a window (inclusive)."""
    remaining: Decimal
    """What remains of it now."""
    window: timedelta
    """Length of the window; zero: the wallet pays for no operation."""

    @classmethod
    def of(cls, answer: Any) -> OperationGas:
        """Converts what `operationGas` returns."""
        limit, in_window, left, period = answer
        one, all_of_them, rest = (from_base_units(each, 18) for each in (limit, in_window, left))
        return cls(one, all_of_them, rest, timedelta(seconds=8 * period))


@dataclass(frozen=True)
class PendingHandOver:
    """An offer to hand the wallet over."""

    new_principal: str
    """Address of the account that can accept it."""
    deadline: datetime
    """Last second in which it can be accepted (UTC, inclusive)."""


@dataclass(frozen=True)
class Approval:
    """What a spender can take from the wallet (ERC-20), whatever the mandate says."""

    token: str
    spender: str
    amount: int
    """Token base units."""
