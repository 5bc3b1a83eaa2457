"""Conversions of amounts, times and addresses are exact or raise `InvalidInput`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from eth_utils import keccak

from peculium import InvalidInput
from peculium.units import (
    FOREVER,
    LAST_TIME,
    LONGEST,
    from_base_units,
    from_timestamp,
    to_address,
    to_base_units,
    to_bytes32,
    to_data,
    to_seconds,
    to_timestamp,
    to_uint,
)
from peculium.wallet import to_ref
from peculium.wallet.refs import ref_text

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

HUGE = pytest.param(10**5000, id="10**5000")  # Python refuses to print it.


@pytest.mark.parametrize("amount", [0.1, 1.0, float("inf"), True, None, b"1", [1]])
def test_refuses_an_amount_of_another_type(amount):
    with pytest.raises(InvalidInput, match="Pass a Decimal, an int or plain digits"):
        to_base_units(amount, 6)


TEXTS = [
    "1e2",
    "1E2",
    "1_0",
    " 5 ",
    "5\n",
    "+5",
    "\u0661",
    "\uff15",
    "5.",
    ".5",
    "0x5",
    "1,5",
    "1.5.0",
    "$5",
    "5 USD",
    "",
    "one",
]


@pytest.mark.parametrize("amount", [*TEXTS, "NaN", "Infinity", "-Infinity", "- 1", "--1"])
def test_refuses_a_text_that_is_not_a_plain_number(amount):
    with pytest.raises(InvalidInput, match=r"isn't a plain number. Pass a Decimal, an int or plain digits") as caught:
        to_base_units(amount, 6)
    assert repr(amount) in str(caught.value)


@pytest.mark.parametrize("amount", [10**80, HUGE, "1" + "0" * 80, "9" * 5000, Decimal("1E+80"), Decimal("1E+999999")])
def test_refuses_an_amount_above_256_bits_and_shows_it_shortened(amount):
    with pytest.raises(InvalidInput, match=r"256 bits|digits") as caught:
        to_base_units(amount, 6)
    assert len(str(caught.value)) < 300


def test_refuses_the_smallest_amount_above_256_bits():
    assert to_base_units(from_base_units(2**256 - 1, 6), 6) == 2**256 - 1
    with pytest.raises(InvalidInput, match="256 bits"):
        to_base_units(from_base_units(2**256, 6), 6)


@pytest.mark.parametrize("digits", ["1." + "0" * 150 + "1", "1" * 60 + "." + "0" * 60 + "1"])
def test_refuses_an_amount_with_more_digits_than_any_token_has(digits):
    with pytest.raises(InvalidInput, match="digits"):
        to_base_units(Decimal(digits), 6)


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_refuses_an_amount_that_is_not_finite(amount):
    with pytest.raises(InvalidInput, match="isn't finite"):
        to_base_units(amount, 6)


@pytest.mark.parametrize("amount", [-1, "-0.000001", Decimal(-5)])
def test_refuses_a_negative_amount(amount):
    with pytest.raises(InvalidInput, match="negative"):
        to_base_units(amount, 6)


@pytest.mark.parametrize(("amount", "decimals"), [("0.0000001", 6), ("1.5", 0), (Decimal("1E-19"), 18)])
def test_refuses_an_amount_finer_than_a_base_unit(amount, decimals):
    with pytest.raises(InvalidInput, match="finer"):
        to_base_units(amount, decimals)


@pytest.mark.parametrize(
    ("amount", "decimals", "units"),
    [
        (0, 6, 0),
        ("0.000001", 6, 1),
        ("1.50", 6, 1_500_000),
        ("007", 6, 7_000_000),
        ("1.500000000", 1, 15),
        (Decimal("-0"), 6, 0),
        (Decimal("0E+999"), 6, 0),
        (Decimal("1E+3"), 2, 100_000),
        (1, 18, 10**18),
        ("1.000000000000000001", 18, 10**18 + 1),
        (7, 0, 7),
    ],
)
def test_converts_whole_units_to_base_units_and_back(amount, decimals, units):
    assert to_base_units(amount, decimals) == units
    assert from_base_units(units, decimals) == Decimal(amount)


@pytest.mark.parametrize("units", [2**96 - 1, 2**128 - 1, 2**256 - 1, 10**40 + 1])
@pytest.mark.parametrize("decimals", [0, 6, 18, 36])
def test_does_not_round_large_amounts(units, decimals):
    whole = from_base_units(units, decimals)
    assert whole.as_tuple() == (0, tuple(map(int, str(units))), -decimals)
    assert to_base_units(whole, decimals) == units


def test_refuses_a_large_amount_finer_than_a_base_unit():
    with pytest.raises(InvalidInput, match="finer"):
        to_base_units("100000000000000000000000000000.0000001", 6)


def test_refuses_a_datetime_without_a_time_zone():
    with pytest.raises(InvalidInput, match="time zone"):
        to_timestamp(datetime(2026, 1, 1))


@pytest.mark.parametrize("moment", [1_800_000_000.0, True, None, "2026-01-01", Decimal(5)])
def test_refuses_a_time_of_another_type(moment):
    with pytest.raises(InvalidInput, match="Pass a datetime with a time zone, or unix seconds as int"):
        to_timestamp(moment)


@pytest.mark.parametrize("moment", [1_800_000_000_000, LAST_TIME + 1, 2**48 - 2, 2**48, HUGE])
def test_refuses_a_time_that_can_only_be_in_milliseconds(moment):
    with pytest.raises(InvalidInput, match="not milliseconds: divide by 1000"):
        to_timestamp(moment)


@pytest.mark.parametrize("moment", [-1, datetime(1969, 12, 31, tzinfo=UTC)])
def test_refuses_a_time_before_1970(moment):
    with pytest.raises(InvalidInput, match="The time is -"):
        to_timestamp(moment)


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (0, 0),
        (LAST_TIME, LAST_TIME),
        (datetime(3000, 1, 1, tzinfo=UTC), LAST_TIME),
        (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 1),
        (datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), 0),
        (datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC), 1),
    ],
)
def test_converts_a_moment_to_unix_seconds_rounded_down(moment, seconds):
    assert to_timestamp(moment) == seconds
    assert from_timestamp(seconds) == datetime.fromtimestamp(seconds, UTC)


def test_refuses_a_length_finer_than_a_second():
    with pytest.raises(InvalidInput, match="whole number of seconds"):
        to_seconds(timedelta(seconds=1, microseconds=1))


@pytest.mark.parametrize("length", [86_400.0, True, None, "1 day"])
def test_refuses_a_length_of_another_type(length):
    with pytest.raises(InvalidInput, match="Pass a timedelta, or seconds as int"):
        to_seconds(length)


@pytest.mark.parametrize("length", [LONGEST + 1, timedelta(days=60_000), HUGE])
def test_refuses_a_length_that_can_only_be_in_milliseconds(length):
    with pytest.raises(InvalidInput, match="more than 136 years"):
        to_seconds(length)


@pytest.mark.parametrize("length", [-1, timedelta(seconds=-1)])
def test_refuses_a_negative_length(length):
    with pytest.raises(InvalidInput, match="negative"):
        to_seconds(length)


@pytest.mark.parametrize("value", [True, 1.0, "1", None, Decimal(1)])
def test_refuses_an_unsigned_number_of_another_type(value):
    with pytest.raises(InvalidInput, match=r"the count is .*Pass an int"):
        to_uint(value, 8, "the count")


@pytest.mark.parametrize("value", [-1, 256, HUGE])
def test_refuses_an_unsigned_number_that_does_not_fit(value):
    with pytest.raises(InvalidInput, match="must be an unsigned number of 8 bits"):
        to_uint(value, 8, "the count")


def test_forever_is_no_time_in_milliseconds():
    assert to_timestamp(FOREVER) == 2**48 - 1


@pytest.mark.parametrize(("length", "seconds"), [(60, 60), (timedelta(days=1), 86_400), (timedelta(0), 0)])
def test_converts_a_length_to_seconds(length, seconds):
    assert to_seconds(length) == seconds


@pytest.mark.parametrize(
    "address",
    [None, 5, b"\1" * 20, "", "0x", "0x123", "me.eth", ADDRESS[:-1], ADDRESS + "0", "0x" + "g" * 40],
)
def test_refuses_a_malformed_address(address):
    with pytest.raises(InvalidInput, match="is not an address"):
        to_address(address)


def test_refuses_an_address_with_a_wrong_checksum():
    with pytest.raises(InvalidInput, match="checksum"):
        to_address(ADDRESS.replace("aA", "Aa"))


@pytest.mark.parametrize("address", [ADDRESS, ADDRESS.lower(), "0x" + ADDRESS[2:].upper()])
def test_returns_an_address_with_its_checksum(address):
    assert to_address(address) == ADDRESS


@pytest.mark.parametrize("value", [b"", b"\1" * 31, b"\1" * 33, "0x" + "11" * 31, "zz", "0x" + "zz" * 32])
def test_refuses_a_value_that_is_not_32_bytes(value):
    with pytest.raises(InvalidInput, match=r"the hash .*32"):
        to_bytes32(value, "the hash")


@pytest.mark.parametrize("value", [b"\1" * 32, "0x" + "01" * 32, "01" * 32])
def test_accepts_32_bytes_as_bytes_or_hex(value):
    assert to_bytes32(value, "it") == b"\1" * 32


@pytest.mark.parametrize("length", [0, 31, 33])
def test_refuses_a_reference_of_other_than_32_bytes(length):
    with pytest.raises(InvalidInput, match="32"):
        to_ref(bytes(length))


def test_reference_pads_a_short_text_and_hashes_a_long_one():
    assert to_ref("invoice 7") == b"invoice 7" + bytes(23)
    assert to_ref("x" * 32) == b"x" * 32
    assert to_ref("x" * 33) == keccak(text="x" * 33)
    assert to_ref("é" * 17) == keccak(text="é" * 17)
    assert to_ref(b"\1" * 32) == b"\1" * 32


@pytest.mark.parametrize("value", ["deposit", "12", "0x1", "0xzz", 5, None, ["0x12"]])
def test_refuses_data_that_is_neither_bytes_nor_hex(value):
    with pytest.raises(InvalidInput, match=r"data is .* an even number of hex digits"):
        to_data(value, "data")


@pytest.mark.parametrize("value", [b"\x12\xab", bytearray(b"\x12\xab"), "0x12ab", "0x12AB"])
def test_takes_data_as_bytes_or_hex(value):
    assert to_data(value, "data") == b"\x12\xab"


@pytest.mark.parametrize("ref", [5, None, ["INV"]])
def test_refuses_a_reference_of_another_type(ref):
    with pytest.raises(InvalidInput, match="Pass a text, or 32 bytes"):
        to_ref(ref)


@pytest.mark.parametrize("text", ["INV-1", "", "ünïcode", "a" * 32])
def test_a_printable_reference_is_shown_as_text(text):
    assert ref_text(to_ref(text)) == text


@pytest.mark.parametrize("ref", [b"\xff" * 32, "a\nb", "a\u202eb", " a", b"\x00" * 31 + b"a", "a" * 33])
def test_a_reference_that_is_no_plain_text_is_shown_as_hex(ref):
    raw = to_ref(ref)
    assert ref_text(raw) == "0x" + raw.hex()
