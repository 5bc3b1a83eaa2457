"""Call rules of the tests, with the usual number of calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from peculium import Argument, CallRule


def call_rule(target: str, function: str, arguments: Sequence[Argument] = (), **terms: Any) -> CallRule:
    """A rule that allows 100 calls in any 24 hours; `terms` override any of its fields."""
    return CallRule(target, function, arguments, **{"max_calls": 100, "window": timedelta(days=1), **terms})
