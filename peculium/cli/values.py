"""Amounts and times as a person types them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from peculium.errors import InvalidInput, quote


def whole(text: str, symbol: str, decimals: int) -> Decimal:
    """Returns an amount of whole tokens: "50", or "50 USDC" if the token calls itself so."""
    from peculium.units import to_base_units

    number, _, unit = text.strip().partition(" ")
    if unit and unit.strip() != symbol:
        raise InvalidInput(
            f"The amount is in {quote(unit.strip())}; the token is {symbol}. Pass {number}, or {number} {symbol}."
        )
    # Only to refuse what isn't a plain number, or too fine for the token.
    to_base_units(number, decimals)
    return Decimal(number)


def length(text: str) -> timedelta:
    """Returns a length of time: "24 hours", "7 days"."""
    from peculium.mandate.toml.quantities import LENGTHS, length_in_words

    found = length_in_words(text.strip())
    if found is None:
        raise InvalidInput(f"{quote(text)} is no length of time. Pass one in words, such as {LENGTHS}.")
    return found


def moment(text: str, now: int) -> datetime:
    """Returns a time: a day or a time in UTC ("2027-03-01", "2027-03-01T12:00:00Z"), or a length from `now` ("90 days")."""
    from peculium.mandate.toml.quantities import length_in_words

    after = length_in_words(text.strip())
    if after is not None:
        return datetime.fromtimestamp(now, UTC) + after
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            f"{quote(text)} is no time. Pass a day such as 2027-03-01, a time such as 2027-03-01T12:00:00Z, or a length from now "
            "such as 90 days."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
