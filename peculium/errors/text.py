"""Texts of messages: whose words they are, and how values are shown."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from peculium.errors.money import Unit
from peculium.errors.redaction import SECRETS, printable, redacted, seems

LONGEST_QUOTE = 200
"""Characters of somebody else's words in a message."""


def snake_case(name: str) -> str:
    """A Solidity name as Python spells it: `validUntil` to `valid_until`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def clean(text: str) -> str:
    """Returns somebody else's words without control and bidirectional characters, at most `LONGEST_QUOTE` of them.

    Such characters could make the words look like the message's own.
    """
    return printable(text[: 4 * LONGEST_QUOTE], LONGEST_QUOTE)


def quote(text: str) -> str:
    """Returns somebody else's words for a message: as `clean`, and in quotes."""
    return '"' + clean(text).replace('"', "'") + '"'


def last_sentence(text: str) -> str:
    """Returns the last sentence of a message of several; empty if there is only one, or if it only says what wasn't done."""
    first, _, last = text.rpartition(". ")
    return "" if not first or last.startswith("Nothing was") else last


def for_program(value: Any) -> Any:
    """Returns an argument of an error for a program: bytes as 0x hex, somebody else's words cleaned."""
    if isinstance(value, str):
        return redacted(value) if seems(value) in SECRETS else clean(value)
    return plain(value)


def exactly(text: str) -> str:
    return ascii(redacted(text)[:LONGEST_QUOTE])


def plain(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value


def duration(seconds: int) -> str:
    # Days from the second on, because a window of one day isn't a calendar day.
    for length, unit, least in ((86_400, "days", 2), (3_600, "hours", 2), (60, "minutes", 2)):
        if seconds % length == 0 and seconds >= least * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"


def date(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        # Beyond year 9999, the last year of `datetime`.
        return f"{seconds} (unix seconds)"


class Messages(string.Formatter):
    """Formats messages: bytes as hex, times, lengths and amounts as `ContractError` says, and a missing argument as `?`."""

    def __init__(self, units: Mapping[str, Unit]) -> None:
        self._units = units

    def convert_field(self, value: Any, conversion: Any) -> Any:
        # `q` quotes the words of somebody else, `c` cleans them only, `x` shows a malformed name with all that is in it.
        ways = {"q": quote, "c": clean, "x": exactly}
        return ways[conversion](str(value)) if conversion in ways else super().convert_field(value, conversion)

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        # A missing argument must not hide the error itself.
        return plain(kwargs.get(str(key), "?"))

    def format_field(self, value: Any, format_spec: str) -> str:
        if not isinstance(value, int):
            return str(value)
        if format_spec == "time":
            return date(value)
        if format_spec == "duration":
            return duration(value)
        if format_spec in ("budget", "token", "wei"):
            unit = self._units.get(format_spec)
            return unit.show(value) if unit else f"{value} ({format_spec} base units)"
        return str(value)
