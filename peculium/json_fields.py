"""Reads what JSON holds, strictly: the right fields, each of the right type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, TypeVar

from peculium.errors import InvalidInput, quote
from peculium.errors.redaction import shown
from peculium.units import to_address, to_data, to_timestamp, to_uint

E = TypeVar("E", bound=IntEnum)
_DIGITS = re.compile("0|[1-9][0-9]*")


class JsonFields:
    """The fields of a JSON object. Every method raises `InvalidInput`, which names the field, for a wrong value."""

    def __init__(self, content: Any, what: str, names: tuple[str, ...]) -> None:
        """`what` is for messages, such as "The order"; `names` are the fields that it must have, and no others."""
        self._what = what
        if not isinstance(content, Mapping):
            raise InvalidInput(f"{what} is {shown(content)}. Pass what its as_dict returned, as a dictionary.")
        missing = [each for each in names if each not in content]
        unknown = [each for each in content if each not in names]
        if missing or unknown:
            wrong = f"lacks {', '.join(missing)}" if missing else f"has the unknown field {quote(str(unknown[0]))}"
            raise InvalidInput(f"{what} {wrong}. Pass what its as_dict returned: {', '.join(names)}.")
        self._content = content

    def value(self, name: str) -> Any:
        """Returns a field as it is."""
        return self._content[name]

    def text(self, name: str) -> str:
        """Returns a text."""
        value = self._content[name]
        if not isinstance(value, str):
            raise InvalidInput(f"{self._named(name)} is {shown(value)}. Pass a text.")
        return value

    def address(self, name: str) -> str:
        """Returns an address with its checksum."""
        try:
            return to_address(self._content[name])
        except InvalidInput as error:
            raise InvalidInput(f"{self._named(name)} is wrong. {error}") from None

    def data(self, name: str) -> bytes:
        """Returns bytes, which JSON has as 0x hex."""
        return to_data(self.text(name), self._named(name))

    def number(self, name: str, bits: int) -> int:
        """Returns a number, which JSON has as number."""
        return to_uint(self._content[name], bits, self._named(name))

    def large(self, name: str) -> int:
        """Returns a number of up to 256 bits, which JSON has as text of decimal digits: not every reader keeps its digits."""
        value = self.text(name)
        if not _DIGITS.fullmatch(value) or len(value) > 78:
            raise InvalidInput(f"{self._named(name)} is {shown(value)}. Pass a text of decimal digits.")
        return to_uint(int(value), 256, self._named(name))

    def time(self, name: str) -> int:
        """Returns unix seconds."""
        return to_timestamp(self.number(name, 48))

    def member(self, name: str, kind: type[E]) -> E:
        """Returns the member of an enumeration, by its name in lower case."""
        value, known = self.text(name), {each.name.lower(): each for each in kind}
        if value not in known:
            raise InvalidInput(f"{self._named(name)} is {shown(value)}. Pass one of {', '.join(known)}.")
        return known[value]

    def _named(self, name: str) -> str:
        return f"{name} of {self._what[0].lower()}{self._what[1:]}"
