"""Conversion of a mandate's values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from peculium.exceptions import InvalidInput
from peculium.mandate.bounds import ANY_SPENT, MAX_LIMIT, NO_LIMIT
from peculium.units import Amount, from_base_units, to_address, to_base_units, to_bytes32


def to_word(value: bytes | int | str) -> bytes:
    if isinstance(value, int):
        if not 0 <= value < 2**256:
            raise InvalidInput(f"The value {value} isn't an unsigned number of 256 bits.")
        return value.to_bytes(32)
    if isinstance(value, str) and len(value) == 42:
        return bytes(12) + address_bytes(to_address(value))
    return to_bytes32(value, "value")


def to_limit(amount: Amount, decimals: int) -> int:
    if amount == NO_LIMIT:
        return MAX_LIMIT
    units = to_base_units(amount, decimals)
    if units > MAX_LIMIT:
        largest = from_base_units(MAX_LIMIT, decimals)
        raise InvalidInput(f"The limit {amount} is too large; the maximum with {decimals} decimals is {largest}.")
    return units


def to_decimal(amount: Amount, name: str) -> Decimal:
    if amount == ANY_SPENT:
        return ANY_SPENT
    to_base_units(amount, 36)
    value = Decimal(amount)
    if not value.is_finite():
        raise InvalidInput(f"{name} is {amount}; it must be a number.")
    return value


def positional(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(positional(each) for each in value.values())
    if isinstance(value, list):
        return [positional(each) for each in value]
    return value


def address_bytes(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))
