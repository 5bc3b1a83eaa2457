"""Amounts with their currency, and lengths of time in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from peculium.errors import digits, quote
from peculium.mandate.toml.errors import FollowsFromAnother
from peculium.mandate.toml.keys import PER, WINDOWS
from peculium.mandate.toml.nodes import Node, Table
from peculium.mandate.values import to_limit

_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?) (\S+)")
_LENGTH = re.compile(r"([0-9]+) (second|minute|hour|day|week)s?")
LENGTHS = "90 minutes, 24 hours or 30 days"
"""Examples of lengths of time, for messages."""
_SECONDS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1, "week": 604_800}


def amount_of(node: Node, units: Sequence[str], decimals: int) -> Decimal:
    """Returns an amount (whole units), which must be in one of these units and no finer than `decimals`."""
    number, unit = split_amount(node, units[0])
    if unit not in units:
        raise node.refuse(f"{node.name} is in {quote(unit)}; it must be in {' or '.join(units)}.")
    with node.explaining():
        to_limit(number, decimals)
    return Decimal(number)


def split_amount(node: Node, unit: str) -> tuple[str, str]:
    """Returns number and unit of an amount. `unit` is for the error message."""
    match = _AMOUNT.fullmatch(node.value) if isinstance(node.value, str) else None
    if match is None:
        raise node.refuse(
            f'{node.name} must be plain digits, one space and the currency, in quotes, such as {node.name} = "12.50 {unit}".'
        )
    return match[1], match[2]


def amount_text(amount: Decimal, unit: str) -> str:
    """Returns an amount as `amount_of` reads it."""
    return f"{digits(amount)} {unit}"


def length_of(node: Node) -> timedelta:
    """Returns a length of time."""
    return parse_length(node, node.value)


def parse_length(node: Node, text: object) -> timedelta:
    """Returns the length that a text says. `node` is for the error message."""
    length = length_in_words(text)
    if length is None:
        raise node.refuse(f"{node.name} must be a length of time in words, such as {LENGTHS}, in quotes.")
    return length


def length_in_words(text: object) -> timedelta | None:
    """Returns the length that a text says, such as "24 hours"; None if it says none."""
    match = _LENGTH.fullmatch(text) if isinstance(text, str) else None
    if match is None or len(match[1]) > 12:
        return None
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def length_text(length: timedelta) -> str:
    """Returns a length of time as `length_of` reads it, in the largest unit that says it without a fraction.

    One day is 24 hours, because a window isn't a calendar day.
    """
    seconds = length // timedelta(seconds=1)
    units = ("day", "hour", "minute", "second") if seconds >= 2 * _SECONDS["day"] else ("hour", "minute", "second")
    unit = next(each for each in units if seconds % _SECONDS[each] == 0)
    number = seconds // _SECONDS[unit]
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def windows_of(
    table: Table, unit: str, decimals: int, units: Sequence[str] = ()
) -> list[tuple[timedelta, Decimal, Node]]:
    """Returns the rolling windows of a table, shortest first: length, limit (whole units) and place.

    `units` are the words that an amount may be in, if there are more than one.
    """
    found = [(length, node) for key, length in PER.items() if (node := table.get(key))]
    example = f'windows = {{ "24 hours" = "200 {unit}" }}'
    if (further := table.get("windows")) is not None:
        found += [(parse_length(each, each.name), each) for each in further.entries(example)]
    if not found:
        if table.misspelt.intersection(WINDOWS):
            raise FollowsFromAnother("The window is misspelt.")
        raise table.node.refuse(
            f'{table.what[0].upper() + table.what[1:]} has no limit for a length of time. Write a line such as: per_day = "200 {unit}"'
        )
    windows = sorted(
        ((length, amount_of(node, units or [unit], decimals), node) for length, node in found), key=lambda w: w[0]
    )
    for (length, _, _), (other, _, node) in pairwise(windows):
        if length == other:
            raise node.refuse(
                f"{table.what[0].upper() + table.what[1:]} has two limits for {length_text(length)}. Leave one of them."
            )
    return windows
