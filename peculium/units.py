"""Conversion of amounts, times and addresses between Python's types and the integers of the chain."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

from eth_utils import is_address, is_checksum_address, to_checksum_address
from hexbytes import HexBytes

from peculium.errors import InvalidInput
from peculium.errors.redaction import ADDRESS, KEY, NODE, PHRASE, seems, shown

Amount = Decimal | int | str
"""A number of whole units (dollars, tokens): `Decimal`, `int` or text such as "12.50". Not `float`, which can't hold 0.1."""

FOREVER = 2**48 - 1
"""For a time that never comes, such as `LimitedPayee.valid_until`: the payee's terms end with the mandate."""
LAST_TIME = 32_503_680_000
"""The year 3000 (unix seconds). A later number can only be in milliseconds, or a mistake."""
LONGEST = 2**32 - 1
"""136 years (seconds), the most that the contracts can hold. A longer length can only be in milliseconds, too."""

_HEX = re.compile(r"0x([0-9a-fA-F]{2})*")
_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")
_MAX_UNITS, _MAX_DIGITS = 2**256 - 1, 100
# 28 digits, the default, would round amounts of 256 bits.
_EXACT = Context(prec=200)


def to_base_units(amount: Amount, decimals: int) -> int:
    """Converts whole units to base units: `amount` times 10 to the power of `decimals`. Never rounds.

    Raises `InvalidInput` unless the amount is a plain number of zero or more, no finer than one base unit, whose base units
    have at most 256 bits.
    """
    sign, digits, exponent = _number(amount).as_tuple()
    if sign and any(digits):
        raise InvalidInput(f"The amount {shown(amount)} is negative. Pass zero or more.")
    # Trailing zeros say nothing: 1.500 is as fine as 1.5.
    while len(digits) > 1 and digits[-1] == 0:
        digits, exponent = digits[:-1], int(exponent) + 1
    shift = int(exponent) + decimals
    if not any(digits):
        return 0
    if shift < 0:
        raise InvalidInput(f"The amount {amount} is finer than one base unit. Pass at most {decimals} decimals.")
    if len(digits) + shift > _MAX_DIGITS or (units := int("".join(map(str, digits))) * 10**shift) > _MAX_UNITS:
        raise InvalidInput(
            f"The amount {shown(amount)} is too large: with {decimals} decimals it has more than 256 bits. Pass whole units, "
            "such as 12.50, and not base units."
        )
    return int(units)


def _number(amount: Any) -> Decimal:
    # `Decimal` would also read exponents, underscores, blanks, signs and the digits of other scripts.
    advice = 'Pass a Decimal, an int or plain digits, such as "12.50".'
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int | str):
        raise InvalidInput(f"The amount is {shown(amount)}, a {type(amount).__name__}. {advice}")
    if isinstance(amount, str) and amount.startswith("-") and _PLAIN.fullmatch(amount[1:]):
        raise InvalidInput(f"The amount {shown(amount)} is negative. Pass zero or more.")
    if isinstance(amount, str) and not _PLAIN.fullmatch(amount):
        raise InvalidInput(f"The amount {shown(amount)} isn't a plain number. {advice}")
    if isinstance(amount, int) and abs(amount) > _MAX_UNITS:
        raise InvalidInput(f"The amount has more than 256 bits. {advice}")
    number = Decimal(amount)
    if not number.is_finite():
        raise InvalidInput(f"The amount {shown(amount)} isn't finite. {advice}")
    if len(number.as_tuple().digits) > _MAX_DIGITS:
        raise InvalidInput(f"The amount {shown(amount)} has more than {_MAX_DIGITS} digits. {advice}")
    return number


def to_uint(value: int, bits: int, name: str) -> int:
    """Returns an unsigned number of at most so many bits. `name` is for the error message.

    Raises `InvalidInput` for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"{name} is {shown(value)}, a {type(value).__name__}. Pass an int.")
    if not 0 <= value < 2**bits:
        raise InvalidInput(f"{name} is {shown(value)}; it must be an unsigned number of {bits} bits.")
    return value


def from_base_units(amount: int, decimals: int) -> Decimal:
    """Converts base units to whole units: `amount` divided by 10 to the power of `decimals`. Never rounds."""
    return Decimal(amount).scaleb(-decimals, _EXACT)


def to_timestamp(moment: datetime | int) -> int:
    """Converts a moment to unix seconds, rounded down. An `int` is unix seconds already.

    Raises `InvalidInput` for a `datetime` without a time zone, which is ambiguous, for a `float`, and for a number after the
    year 3000 other than `FOREVER`, which can only be in milliseconds.
    """
    if isinstance(moment, datetime):
        if moment.utcoffset() is None:
            raise InvalidInput(f"The time {moment} has no time zone. Use datetime.now(UTC) or tzinfo=UTC.")
        return to_uint(int(moment.timestamp() // 1), 48, "The time")
    if isinstance(moment, bool) or not isinstance(moment, int):
        raise InvalidInput(
            f"The time is {shown(moment)}, a {type(moment).__name__}. Pass a datetime with a time zone, or unix seconds as int."
        )
    if moment > LAST_TIME and moment != FOREVER:
        raise InvalidInput(
            f"The time {shown(moment)} is after the year 3000. Pass unix seconds, not milliseconds: divide by 1000."
        )
    return to_uint(moment, 48, "The time")


def from_timestamp(seconds: int) -> datetime:
    """Converts unix seconds to a `datetime` in UTC. Times after year 9999 become `datetime.max`."""
    last = datetime.max.replace(tzinfo=UTC)
    return last if seconds > last.timestamp() else datetime.fromtimestamp(seconds, UTC)


def to_seconds(length: timedelta | int) -> int:
    """Converts a length of time to seconds. An `int` is seconds already.

    Raises `InvalidInput` if the length isn't a whole number of seconds, is negative, is a `float`, or is more than 136
    years, which can only be in milliseconds.
    """
    if isinstance(length, bool) or not isinstance(length, timedelta | int):
        raise InvalidInput(
            f"The length is {shown(length)}, a {type(length).__name__}. Pass a timedelta, or seconds as int."
        )
    seconds = length if isinstance(length, int) else length // timedelta(seconds=1)
    if isinstance(length, timedelta) and timedelta(seconds=seconds) != length:
        raise InvalidInput(f"The length {length} isn't a whole number of seconds. Round it.")
    if seconds > LONGEST:
        raise InvalidInput(
            f"The length {shown(length)} is more than 136 years. Pass a timedelta or seconds, not milliseconds."
        )
    if seconds < 0:
        raise InvalidInput(f"The length {shown(length)} is negative. Pass zero or more.")
    return seconds


def to_length(length: timedelta | int) -> timedelta:
    """Returns a length of time; an `int` is seconds. Raises `InvalidInput` as `to_seconds` does."""
    return timedelta(seconds=to_seconds(length))


def to_address(address: str) -> str:
    """Returns an address with its checksum (ERC-55).

    Raises `InvalidInput` unless it is 0x and 40 hex digits, all in one case or with a right checksum.
    """
    found = seems(address) if isinstance(address, str | bytes) else None
    if found == KEY:
        raise InvalidInput(
            "An address is expected, and this looks like a private key: it isn't shown. Pass 0x and 40 hex digits; those of a key "
            "are in Account.from_key(key).address."
        )
    if found in (PHRASE, NODE):
        raise InvalidInput(
            f"An address is expected, and this looks like {found}: it isn't shown. Pass 0x and 40 hex digits."
        )
    if found == ADDRESS and len(address) == 40:
        raise InvalidInput(f"The address {address} lacks its 0x. Pass 0x{address}.")
    if not isinstance(address, str) or not is_address(address):
        raise InvalidInput(
            f"{_capital(shown(address))} is not an address. Pass 0x and 40 hex digits, in one case or with a right checksum "
            "(ERC-55)."
        )
    digits = address[2:]
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(address):
        raise InvalidInput(
            f"The checksum (ERC-55) of {address} is wrong. Compare it with its source: a digit may be mistyped."
        )
    return to_checksum_address(address)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def to_data(value: bytes | str, name: str) -> bytes:
    """Returns bytes that are given as such or as 0x hex. `name` is for the error message.

    Raises `InvalidInput` for anything else.
    """
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise InvalidInput(f"{name} is {shown(value)}. Pass bytes, or 0x and an even number of hex digits.")
    return bytes.fromhex(value[2:])


def to_bytes32(value: bytes | str, name: str) -> bytes:
    """Returns 32 bytes, given as bytes or as 64 hex digits with or without 0x. `name` is for the error message.

    Raises `InvalidInput` for anything else.
    """
    try:
        data = bytes(HexBytes(value))
    except (ValueError, TypeError):
        raise InvalidInput(f"{name} is {shown(value)}; it must be 32 bytes, or 0x and 64 hex digits.") from None
    if len(data) != 32:
        raise InvalidInput(f"{name} has {len(data)} bytes; it must have 32.")
    return data
