"""How sentences show money, time and addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from peculium.errors import clean, digits
from peculium.mandate import NATIVE
from peculium.units import FOREVER, from_timestamp, to_address, to_seconds, to_timestamp

NATIVE_WORDS = "the native currency"


class Naming:
    """Addresses by their names."""

    def __init__(self, names: Mapping[str, str] | None) -> None:
        self._names = {to_address(address): clean(name) for name, address in (names or {}).items()}

    @property
    def known(self) -> Mapping[str, str]:
        """The names by address."""
        return self._names

    def __call__(self, address: str) -> str:
        """Returns the name of an address with the address, or the address alone."""
        if address == NATIVE:
            return NATIVE_WORDS
        name = self._names.get(address)
        return f"{name} ({address})" if name else address

    def short(self, address: str) -> str:
        """Returns the name of an address, or the address if it has none."""
        return NATIVE_WORDS if address == NATIVE else self._names.get(address, address)


def money(amount: Decimal, currency: str) -> str:
    """Returns an amount with its currency: "12.5 USD"."""
    return f"{digits(amount)} {currency}"


def native(amount: Decimal) -> str:
    """Returns an amount of the native currency."""
    return f"{digits(amount)} of {NATIVE_WORDS}"


def moment(time: datetime | int) -> str:
    """Returns a time in UTC, to the second."""
    if to_timestamp(time) == FOREVER:
        return "for ever"
    return f"{from_timestamp(to_timestamp(time)):%Y-%m-%d %H:%M:%S} UTC"


def length(time: timedelta | int) -> str:
    """Returns a length of time: "24 hours", "7 days". One day is 24 hours, because a window isn't a calendar day."""
    seconds = to_seconds(time) if isinstance(time, timedelta) else time
    for unit, size, least in (("day", 86_400, 2), ("hour", 3_600, 1), ("minute", 60, 1)):
        if seconds >= least * size and seconds % size == 0:
            return f"{seconds // size} {unit}" + ("s" if seconds > size else "")
    return f"{seconds} seconds"


def roughly(seconds: int) -> str:
    """Returns a long time in whole days."""
    return f"{seconds // 86_400} days" if seconds >= 2 * 86_400 else length(seconds)


def listing(words: Sequence[str], last: str = "and") -> str:
    """Returns words as a list: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def times(count: int, noun: str) -> str:
    """Returns a number with its noun: "1 call", "3 calls"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
