"""Results as values that JSON can hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from peculium import NO_LIMIT, InvalidInput, Status
from peculium.overview import State
from peculium.plain import as_plain


@dataclass(frozen=True)
class Part:
    amount: Decimal
    of: tuple[str, ...]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Decimal("1E+2"), "100"),
        (Decimal("12.500"), "12.5"),
        (NO_LIMIT, None),
        (datetime(2030, 1, 2, tzinfo=UTC), "2030-01-02T00:00:00+00:00"),
        (timedelta(days=1), 86_400),
        (b"\x01\x02", "0x0102"),
        (Status.NOT_YET_VALID, "not_yet_valid"),
        (State.NOT_YET_VALID, "not yet valid"),
        (Part(Decimal(1), ("a",)), {"amount": "1", "of": ["a"]}),
        ({1: None, "two": True}, {"1": None, "two": True}),
    ],
)
def test_becomes_a_value_of_json(value, plain):
    assert json.loads(json.dumps(as_plain(value))) == plain


def test_an_error_becomes_its_dictionary():
    assert as_plain([InvalidInput("wrong")])[0]["code"] == "InvalidInput"
