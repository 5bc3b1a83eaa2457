"""Results as values that JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from peculium.errors import PeculiumError
from peculium.errors.money import digits
from peculium.mandate import Mandate
from peculium.units import FOREVER, from_timestamp, to_timestamp
from peculium.wallet.refs import ref_text

_TIMES = {"valid_from", "valid_until"}


def as_plain(value: Any) -> Any:
    """Returns a result as values that JSON can hold.

    Amounts become text in plain digits ("12.5"; None for an unlimited amount), times ISO 8601 in UTC, lengths of time
    seconds, bytes 0x hex, references of payments their text if they have one, the times `valid_from` and `valid_until` None for never, members of an enumeration their value, or their name in lower case if that is a number.
    """
    if isinstance(value, PeculiumError):
        return value.as_dict()
    if is_dataclass(value) and not isinstance(value, type):
        members = (each.name for each in fields(value) if each.init and each.repr)
        return {name: _as_member(name, getattr(value, name)) for name in members}
    if isinstance(value, Mapping):
        return {str(name): as_plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(each) for each in value]
    return _as_scalar(value)


def mandate_dict(mandate: Mandate) -> dict[str, Any]:
    """Returns a mandate as values that JSON can hold, with its hash. Amounts are whole units."""
    return {"hash": "0x" + mandate.hash().hex(), **as_plain(mandate)}


def _as_member(name: str, value: Any) -> Any:
    if name == "ref" and isinstance(value, bytes):
        return ref_text(value)
    # These may be unix seconds, and the end of time stands for no end.
    if name in _TIMES and isinstance(value, datetime | int):
        seconds = to_timestamp(value)
        return None if seconds == FOREVER else as_plain(from_timestamp(seconds))
    return as_plain(value)


def _as_scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, str) else value.name.lower()
    if isinstance(value, Decimal):
        return digits(value) if value.is_finite() else None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return "0x" + value.hex() if isinstance(value, bytes) else value
