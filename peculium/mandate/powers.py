"""Cheque books, and what user operations may cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from peculium.checks import checked_fields
from peculium.mandate.values import to_decimal, to_limit
from peculium.units import Amount, to_address, to_length, to_seconds, to_uint


@checked_fields
@dataclass(frozen=True)
class ChequeBook:
    """A number of cheques per period: EIP-3009 authorizations that the agent signs without a transaction."""

    token: str
    """Address of a token of a budget. A budget has at most one book."""
    count: int
    """Cheques in each period, 1 to `MAX_CHEQUES`."""
    limit: Decimal
    """The amount of one cheque (whole units, inclusive), at most the budget's `payment_limit`."""
    period: timedelta
    """From `MIN_PERIOD` to `MAX_PERIOD`. Periods are counted from unix time 0; a cheque is valid in one period only."""
    strangers: bool = False
    """Whether cheques can pay strangers. If so, `limit` is at most the budget's `stranger_payment_limit`, and all cheques
    are reserved in the strangers' window too. If not, they pay `Budget.payees` only."""

    if TYPE_CHECKING:

        def __init__(
            self, token: str, count: int, limit: Amount, period: timedelta | int, strangers: bool = ...
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", to_address(self.token))
        object.__setattr__(self, "limit", to_decimal(self.limit, "limit"))
        object.__setattr__(self, "period", to_length(self.period))
        to_uint(self.count, 16, "count")

    def within(self, length: int, units: int) -> int:
        """Returns the maximum total of cheques of `units` each in any interval of `length` seconds."""
        # An interval that isn't aligned touches one more period than fit into it.
        period = to_seconds(self.period)
        return (-(-length // period) + 1) * self.count * units

    def between(self, first: int, last: int, units: int) -> int:
        """Returns the maximum total of cheques of `units` each in all periods that touch `first` to `last`.

        Both are unix seconds, inclusive.
        """
        period = to_seconds(self.period)
        return (last // period - first // period + 1) * self.count * units


@checked_fields
@dataclass(frozen=True)
class GasTerms:
    """Limits on the cost of the agent's user operations. All zero: the payer pays for none.

    Costs are maximum costs: the sum of an operation's gas limits times its `max_fee_per_gas`.
    """

    operation_limit: Decimal = Decimal(0)
    """The cost of one operation (whole units of the native currency, inclusive)."""
    window_limit: Decimal = Decimal(0)
    """The cost of all operations in every interval of `window` (whole units of the native currency, inclusive)."""
    window: timedelta = timedelta(0)
    """A multiple of 8 seconds, from `MIN_WINDOW` to `MAX_WINDOW`."""

    if TYPE_CHECKING:

        def __init__(
            self, operation_limit: Amount = ..., window_limit: Amount = ..., window: timedelta | int = ...
        ) -> None: ...

    def __post_init__(self) -> None:
        for name in ("operation_limit", "window_limit"):
            object.__setattr__(self, name, to_decimal(getattr(self, name), name))
        object.__setattr__(self, "window", to_length(self.window))

    def message(self) -> dict[str, int]:
        """Returns the terms as EIP-712 message."""
        return {
            "operationLimit": to_limit(self.operation_limit, 18),
            "windowLimit": to_limit(self.window_limit, 18),
            "window": to_seconds(self.window),
        }
