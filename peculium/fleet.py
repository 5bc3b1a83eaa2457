"""A principal's budget over all its wallets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from peculium.contract import Contract, Receipt, Sender
from peculium.mandate import Window
from peculium.mandate.bounds import BUDGET_DECIMALS
from peculium.mandate.rules import check_limits, in_units
from peculium.mandate.values import to_limit
from peculium.units import Amount, from_base_units, to_seconds, to_uint
from peculium.wallet import WindowState


@dataclass(frozen=True)
class FleetRemaining:
    """What all wallets together may spend now in one currency. Amounts are whole units of the currency."""

    decimals: int
    """Decimals of the budget's base unit."""
    lifetime_limit: Decimal
    """Limit of everything ever charged."""
    lifetime: Decimal
    """What remains of it."""
    pending: Decimal
    """Charges of authorizations that aren't closed. They count in every window."""
    windows: tuple[WindowState, ...]
    """Shortest first."""

    @classmethod
    def of(cls, state: Any) -> FleetRemaining:
        """Converts the contract's `State`."""
        decimals, *amounts, windows = state
        limit, lifetime, pending = (from_base_units(units, decimals) for units in amounts)
        return cls(decimals, limit, lifetime, pending, tuple(WindowState.of(each, decimals) for each in windows))

    @property
    def now(self) -> Decimal:
        """The largest charge that the fleet allows now; a wallet's own limits may allow less."""
        return min(self.lifetime, *(window.remaining for window in self.windows))


class FleetBudget(Contract):
    """One budget per currency over all wallets of a principal. A mandate is bound by it if `Mandate.guard` names it.

    Amounts are whole units of the currency.
    """

    abi_name = "FleetBudget"

    def set_budget(
        self,
        principal: Sender,
        currency: str,
        lifetime_limit: Amount,
        windows: Sequence[Window],
        decimals: int = BUDGET_DECIMALS,
    ) -> Receipt:
        """Sets the budget of a currency, also while agents spend from it. What was charged stays charged.

        Limits are inclusive; all zero: nobody spends. `windows` are 1 to 4, shortest first, with limits that don't decrease.
        `decimals` are those of the mandates' budgets in this currency, and stay as first set. Raises `NotPrincipal`,
        `FleetDecimals`, or as for the budget of a mandate.
        """
        encoded = [(to_seconds(each.length), to_limit(each.limit, decimals)) for each in windows]
        limit = to_limit(lifetime_limit, decimals)
        with in_units(to_uint(decimals, 8, "decimals"), currency):
            check_limits(currency, decimals, 0, encoded, limit)
        return self.send(principal, "setBudget", currency, decimals, limit, encoded)

    def remaining(self, currency: str) -> FleetRemaining:
        """Returns what all wallets together may spend now in a currency. Raises `NoFleetBudget`."""
        return FleetRemaining.of(self.read("remaining", currency))

    def spent(self, currency: str) -> Decimal:
        """Returns everything ever charged in a currency, less what was released. Raises `NoFleetBudget`."""
        return from_base_units(self.read("spent", currency), self.remaining(currency).decimals)
