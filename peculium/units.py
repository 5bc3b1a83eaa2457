"""Amounts, times and addresses: `Decimal`, `datetime` and `timedelta` at the surface, integers on the chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation

from eth_utils import is_address, is_checksum_address, to_checksum_address
from hexbytes import HexBytes

from peculium.exceptions import InvalidInput

Amount = Decimal | int | str
"""A number of whole units (dollars, tokens). Not `float`: 0.1 has no exact float."""


_EXACT = Context(prec=120)
# The usual 28 digits would round amounts of 256 bits.


def to_base_units(amount: Amount, decimals: int) -> int:
    """Whole units to base units, exactly.

    Raises `InvalidInput` if the amount is negative, no number, or finer than one base unit: nothing is ever rounded.
    """
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int | str):
        raise InvalidInput(f"An amount is a Decimal, an int or a string of digits, not {amount!r}.")
    try:
        scaled = Decimal(amount).scaleb(decimals, _EXACT)
        exact = not scaled.is_finite() or scaled == scaled.to_integral_value(context=_EXACT)
    except InvalidOperation:
        raise InvalidInput(f"{amount!r} is not an amount.") from None
    if not scaled.is_finite():
        raise InvalidInput(f"{amount!r} is not an amount.")
    if scaled < 0:
        raise InvalidInput(f"An amount can't be negative: {amount}.")
    if not exact:
        raise InvalidInput(f"{amount} is finer than one base unit: there are {decimals} decimals.")
    return int(scaled)


def from_base_units(amount: int, decimals: int) -> Decimal:
    """Base units to whole units, exactly."""
    return Decimal(amount).scaleb(-decimals, _EXACT)


def to_timestamp(moment: datetime | int) -> int:
    """A moment to unix seconds, rounded down. A `datetime` without a time zone is refused: it could be any of them."""
    if isinstance(moment, int):
        return moment
    if moment.tzinfo is None:
        raise InvalidInput(f"{moment} has no time zone; use datetime.now(UTC) or tzinfo=UTC.")
    return int(moment.timestamp() // 1)


def from_timestamp(seconds: int) -> datetime:
    """Unix seconds to a moment in UTC. What lies beyond the last year that Python knows, 9999, is that year's last moment."""
    last = datetime.max.replace(tzinfo=UTC)
    return last if seconds > last.timestamp() else datetime.fromtimestamp(seconds, UTC)


def to_seconds(length: timedelta | int) -> int:
    """A length of time to whole seconds; anything finer is refused."""
    if isinstance(length, int):
        return length
    seconds = length // timedelta(seconds=1)
    if timedelta(seconds=seconds) != length:
        raise InvalidInput(f"{length} isn't a whole number of seconds.")
    return seconds


def to_address(address: str) -> str:
    """An address in its checksummed form; a mixed-case one with a wrong checksum is refused."""
    if not is_address(address) or (
        address[2:] not in (address[2:].lower(), address[2:].upper()) and not is_checksum_address(address)
    ):
        raise InvalidInput(f"{address!r} is not an address: 0x and 40 hex digits, with a right checksum if mixed-case.")
    return to_checksum_address(address)


def to_bytes32(value: bytes | str, name: str) -> bytes:
    """Thirty-two bytes, given as such or in hex."""
    try:
        data = bytes(HexBytes(value))
    except (ValueError, TypeError):
        raise InvalidInput(f"{name} has to be 32 bytes, or 0x and 64 hex digits, not {value!r}.") from None
    if len(data) != 32:
        raise InvalidInput(f"{name} has to be 32 bytes, not {len(data)}.")
    return data
