"""A principal's budget over all its wallets: a guard that counts what they charge together (I35)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from verification.scenarios.model.guards import Charge
from verification.scenarios.model.ledger import BUCKETS, Ledger
from verification.scenarios.model.mandate_check import check_currency, check_windows
from verification.scenarios.model.outcomes import Refused, require

if TYPE_CHECKING:
    from verification.scenarios.model.charging import Suite
    from verification.scenarios.model.signed_mandate import SignedMandate

FLEET = "fleet"
OVERFLOW = 0x11
"""Solidity's panic code."""
Windows = tuple[tuple[int, int], ...]
"""Length (seconds) and limit of each window."""


@dataclass(frozen=True)
class FleetLimits:
    """The limits in one currency (budget units)."""

    decimals: int
    lifetime: int
    windows: Windows

    def window_limits(self) -> list[int]:
        """The limit of each window."""
        return [limit for _, limit in self.windows]


@dataclass
class Fleet:
    """The budget of one principal."""

    principal: str
    suite: Suite
    emit: Callable[..., None]
    name: str = FLEET
    limits: dict[str, FleetLimits] = field(default_factory=dict)
    """By currency."""
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    """By currency: what all wallets charged."""

    # Guard

    def accepts(self, wallet: str, mandate: SignedMandate) -> None:
        """Refuses mandates of other principals, in other currencies, or with other decimals."""
        given, expected = mandate.principal, self.principal
        require(given == expected, "OtherPrincipal", wallet, given, expected)
        for budget in mandate.budgets:
            decimals = self.of(budget.currency).decimals
            same = budget.decimals == decimals
            require(same, "FleetDecimals", budget.currency, budget.decimals, decimals)

    def on_charge(self, wallet: str, charge: Charge) -> None:
        """Counts a charge of a wallet of the principal against every limit.

        It accepted the mandate, so the currency has a budget.
        """
        self.require_wallet(wallet)
        given, expected = charge.principal, self.principal
        require(given == expected, "OtherPrincipal", wallet, given, expected)
        limits = self.limits[charge.currency]
        ledger, amount = self.ledgers[self.counted_in(wallet, charge.currency)], charge.charge
        over = ledger.charge(self.suite.now, amount, limits.window_limits(), limits.lifetime)
        if over is not None:
            error, left, length = over
            raise Refused(error, amount, left, *([length] if error == "WindowLimitExceeded" else []))
        if charge.pending:
            ledger.hold(self.suite.now, amount)

    def on_close(self, wallet: str, currency: str, charge: int, settled: bool) -> None:
        """Settles or releases a pending charge, also of a wallet that was handed over."""
        principal = self.require_wallet(wallet)
        ledger = self.ledgers[self.counted_in(wallet, currency)]
        # Only a fault could report more.
        require(charge <= ledger.pending, "Panic", OVERFLOW)
        if settled:
            ledger.settle(self.suite.now, charge)
        else:
            ledger.release(charge)
        if principal != self.principal:
            self.suite.branches.append("fleet_heard_after_hand_over")

    def counted_in(self, wallet: str, currency: str) -> str:
        """The ledger that counts a wallet's charges: one for all wallets."""
        return str(currency)

    def require_wallet(self, sender: str) -> str:
        """Refuses callers that aren't wallets; what those say is true. Returns the wallet's principal."""
        authority = self.suite.registry.authority(sender)
        if authority is None:
            raise Refused("NotAWallet", sender)
        return authority[0]

    # Principal

    def set_budget(
        self, sender: str, currency: str, decimals: int, lifetime: int, windows: Sequence[tuple[int, int]]
    ) -> None:
        """Sets the limits of a currency. What was charged stays charged."""
        require(sender == self.principal, "NotPrincipal", sender, self.principal)
        check_currency(currency)
        check_windows(currency, decimals, 0, windows, lifetime)
        before = self.limits.get(currency)
        kept = before is None or before.decimals == decimals
        require(kept, "FleetDecimals", currency, decimals, before.decimals if before else 0)
        self.limits[currency] = FleetLimits(decimals, lifetime, tuple(windows))
        self.open(currency, [length // BUCKETS for length, _ in windows])
        self.emit(self.name, "FleetBudgetSet", currency, decimals, lifetime, list(windows))

    def open(self, currency: str, widths: list[int]) -> None:
        """Opens the windows of a currency."""
        self.ledgers.setdefault(currency, Ledger()).open(self.suite.now, widths)

    # Views

    def of(self, currency: str) -> FleetLimits:
        """The limits of a currency."""
        if currency not in self.limits:
            raise Refused("NoFleetBudget", currency)
        return self.limits[currency]

    def room(self, currency: str) -> int:
        """The largest charge that it allows now."""
        limits, ledger = self.limits.get(currency), self.ledgers.get(currency)
        if limits is None or ledger is None:
            return 0
        lefts = [limit - ledger.counted(i, self.suite.now) for i, limit in enumerate(limits.window_limits())]
        return max(min(limits.lifetime - ledger.lifetime(), *lefts), 0)
