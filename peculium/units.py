"""Conversion of amounts, times and addresses between Python's types and the integers of the chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation, Overflow

from eth_utils import is_address, is_checksum_address, to_checksum_address
from hexbytes import HexBytes

from peculium.exceptions import InvalidInput

Amount = Decimal | int | str
"""A number of whole units (dollars, tokens): `Decimal`, `int` or a string of digits. Not `float`, which can't hold 0.1."""

# 28 digits, the default, would round amounts of 256 bits.
_EXACT = Context(prec=120)


def to_base_units(amount: Amount, decimals: int) -> int:
    """Converts whole units to base units: `amount` times 10 to the power of `decimals`. Never rounds.

    Raises `InvalidInput` if the amount is negative, isn't a finite number, or is finer than one base unit.
    """
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int | str):
        raise InvalidInput(f"The amount is {amount!r}; it must be a Decimal, an int or a string of digits.")
    try:
        scaled = Decimal(amount).scaleb(decimals, _EXACT)
        exact = not scaled.is_finite() or scaled == scaled.to_integral_value(context=_EXACT)
    except (InvalidOperation, Overflow):
        raise InvalidInput(f"The amount {amount!r} isn't a number. Pass digits, such as 12.50.") from None
    if not scaled.is_finite():
        raise InvalidInput(f"The amount {amount!r} isn't finite. Pass digits, such as 12.50.")
    if scaled < 0:
        raise InvalidInput(f"The amount {amount} is negative. Pass zero or more.")
    if not exact:
        raise InvalidInput(f"The amount {amount} is finer than one base unit. Pass at most {decimals} decimals.")
    return int(scaled)


def from_base_units(amount: int, decimals: int) -> Decimal:
    """Converts base units to whole units: `amount` divided by 10 to the power of `decimals`. Never rounds."""
    return Decimal(amount).scaleb(-decimals, _EXACT)


def to_timestamp(moment: datetime | int) -> int:
    """Converts a moment to unix seconds, rounded down. An `int` is unix seconds already.

    Raises `InvalidInput` for a `datetime` without a time zone, which is ambiguous.
    """
    if isinstance(moment, int):
        return moment
    if moment.tzinfo is None:
        raise InvalidInput(f"The time {moment} has no time zone. Use datetime.now(UTC) or tzinfo=UTC.")
    return int(moment.timestamp() // 1)


def from_timestamp(seconds: int) -> datetime:
    """Converts unix seconds to a `datetime` in UTC. Times after year 9999 become `datetime.max`."""
    last = datetime.max.replace(tzinfo=UTC)
    return last if seconds > last.timestamp() else datetime.fromtimestamp(seconds, UTC)


def to_seconds(length: timedelta | int) -> int:
    """Converts a length of time to seconds. An `int` is seconds already.

    Raises `InvalidInput` if the length isn't a whole number of seconds.
    """
    if isinstance(length, int):
        return length
    seconds = length // timedelta(seconds=1)
    if timedelta(seconds=seconds) != length:
        raise InvalidInput(f"The length {length} isn't a whole number of seconds. Round it.")
    return seconds


def to_address(address: str) -> str:
    """Returns an address with its checksum (ERC-55).

    Raises `InvalidInput` unless it is 0x and 40 hex digits, all in one case or with a right checksum.
    """
    if not is_address(address):
        raise InvalidInput(
            f"{address!r} is not an address. Pass 0x and 40 hex digits, in one case or with a right checksum (ERC-55)."
        )
    digits = address[2:]
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(address):
        raise InvalidInput(
            f"The checksum (ERC-55) of {address} is wrong. Compare it with its source: a digit may be mistyped."
        )
    return to_checksum_address(address)


def to_bytes32(value: bytes | str, name: str) -> bytes:
    """Returns 32 bytes, given as bytes or as 64 hex digits with or without 0x. `name` is for the error message.

    Raises `InvalidInput` for anything else.
    """
    try:
        data = bytes(HexBytes(value))
    except (ValueError, TypeError):
        raise InvalidInput(f"{name} is {value!r}; it must be 32 bytes, or 0x and 64 hex digits.") from None
    if len(data) != 32:
        raise InvalidInput(f"{name} has {len(data)} bytes; it must have 32.")
    return data
