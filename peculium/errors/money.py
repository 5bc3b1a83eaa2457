"""Units of amounts, and the amounts that an error is about."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal


@dataclass(frozen=True)
class Unit:
    """The unit in which a contract counts."""

    decimals: int
    name: str | None
    """Name of the currency, or symbol of the token, as messages have it after an amount; None if it isn't known."""
    code: str | None = None
    """What programs get instead of `name`, if it is something else."""

    def whole(self, amount: int) -> Decimal:
        """Converts base units to whole units. Never rounds."""
        return Decimal(amount).scaleb(-self.decimals, Context(prec=200))

    def show(self, amount: int) -> str:
        """Shows base units as whole units with the unit's name."""
        return digits(self.whole(amount)) + (f" {self.name}" if self.name else "")


@dataclass(frozen=True)
class Money:
    """The amounts that an error is about (whole units of `currency`); None for what isn't known or doesn't apply."""

    currency: str | None = None
    """Name of the currency, or symbol of the token; "native" for the native currency."""
    amount: Decimal | None = None
    """What was asked for."""
    limit: Decimal | None = None
    """The most that is allowed."""
    left: Decimal | None = None
    """What is left of a limit or a balance."""


@dataclass(frozen=True)
class Parts:
    """Which arguments of a contract's error are the amount, the limit and what is left of it."""

    amount: str | None = None
    limit: str | None = None
    left: str | None = None


def digits(amount: Decimal) -> str:
    """Returns an amount in plain digits: 100, neither 1E+2 nor 100.000000."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


NATIVE_UNIT = Unit(18, "of the native currency", "native")
"""Unit of amounts in wei."""
