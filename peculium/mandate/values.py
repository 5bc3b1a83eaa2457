"""Conversion of a mandate's values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from peculium.errors import InvalidInput
from peculium.mandate.bounds import ANY_SPENT, MAX_LIMIT
from peculium.units import Amount, from_base_units, to_address, to_base_units, to_bytes32

FINEST = 36
"""The most decimals that an amount may have before its budget is known."""


def to_word(value: bytes | int | str) -> bytes:
    if isinstance(value, bool):
        raise InvalidInput(f"The value is {value}. Pass bytes, an int or an address.")
    if isinstance(value, int):
        if not 0 <= value < 2**256:
            raise InvalidInput(f"The value {value} isn't an unsigned number of 256 bits.")
        return value.to_bytes(32)
    if isinstance(value, str) and len(value) == 42:
        return bytes(12) + address_bytes(to_address(value))
    return to_bytes32(value, "value")


def to_limit(amount: Amount, decimals: int) -> int:
    if _is_unlimited(amount):
        return MAX_LIMIT
    units = to_base_units(amount, decimals)
    if units > MAX_LIMIT:
        largest = from_base_units(MAX_LIMIT, decimals)
        raise InvalidInput(f"The limit {amount} is too large; the maximum with {decimals} decimals is {largest}.")
    return units


def to_decimal(amount: Amount, name: str, unlimited: bool = False) -> Decimal:
    """`unlimited` says whether the value may be `ANY_SPENT` or `NO_LIMIT`."""
    if unlimited and _is_unlimited(amount):
        return ANY_SPENT
    try:
        to_base_units(amount, FINEST)
    except InvalidInput as error:
        raise InvalidInput(f"{name}: {error}") from None
    return Decimal(amount)


def _is_unlimited(amount: Any) -> bool:
    # A float's infinity equals it as well.
    return isinstance(amount, Decimal) and amount.is_infinite() and amount > 0


def positional(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(positional(each) for each in value.values())
    if isinstance(value, list):
        return [positional(each) for each in value]
    return value


def address_bytes(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))
