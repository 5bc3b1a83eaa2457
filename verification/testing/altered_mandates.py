"""Mandates that the package refuses to build, for example with unsorted lists."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from peculium import Mandate


def altered(mandate: Mandate, change: Callable[[dict[str, Any]], None]) -> tuple[Any, ...]:
    """The struct `Mandate` after `change` has changed its message in place."""
    message = deepcopy(mandate.message())
    change(message)
    return tuple(_positional(message))


def _positional(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(_positional(each) for each in value.values())
    if isinstance(value, list):
        return [_positional(each) for each in value]
    return value
