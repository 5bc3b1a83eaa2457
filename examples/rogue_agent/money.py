"""Amounts as the demo shows them, and the sums at its end."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


def plain(amount: Decimal, separator: str = "") -> str:
    """An amount without exponent and trailing zeros."""
    return f"{amount.normalize():{separator}f}"


@dataclass(frozen=True)
class Currency:
    """A currency of budgets."""

    name: str
    decimals: int
    digits: int | None = None
    """Significant digits to show; all if None."""
    base_unit: str = ""
    """The unit of amounts too small to read in whole units."""

    def show(self, units: int) -> str:
        """An amount in budget units, as whole units with the currency."""
        if self.base_unit and 0 < units < 1_000_000:
            return f"{units} {self.base_unit}"
        whole = Decimal(units).scaleb(-self.decimals)
        if self.digits is not None:
            whole = Decimal(f"{whole:.{self.digits}g}")
        return f"{plain(whole, ',')} {self.name}"


USD, DAI = Currency("USD", 6), Currency("tDAI", 18)
ETH = Currency("ETH", 18, digits=3, base_unit="wei")


@dataclass(frozen=True)
class Sum:
    """Where the money of one token went (whole tokens)."""

    token: str
    funded: Decimal
    paid: Decimal
    withdrawn: Decimal
    note: str = ""
    """What is special about the token."""

    @property
    def missing(self) -> Decimal:
        """Funded, but neither paid to a listed payee nor withdrawn by the principal."""
        return self.funded - self.paid - self.withdrawn

    def as_dict(self) -> dict[str, str]:
        """The sum for a program."""
        return {name: plain(getattr(self, name)) for name in ("funded", "paid", "withdrawn", "missing")}
