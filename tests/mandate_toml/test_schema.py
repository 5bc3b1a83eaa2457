"""The schema that editors use and the parser agree on every key."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import peculium.mandate
from peculium.mandate.arguments import ArgumentKind
from peculium.mandate.toml import dump_mandate, keys, load_mandate, nodes, read_mandate
from peculium.mandate.toml.arguments import WORDS

SCHEMA = json.loads((Path(peculium.mandate.__file__).parent / "schema.json").read_text())
EXAMPLE = (Path(__file__).parent / "example.toml").read_text()
DEFINITIONS = SCHEMA["$defs"]
TABLES = {
    "mandate": (keys.MANDATE, SCHEMA),
    "requests": (keys.REQUESTS, SCHEMA["properties"]["requests"]),
    "authorizations": (keys.AUTHORIZATIONS, SCHEMA["properties"]["authorizations"]),
    "gas": (keys.GAS, SCHEMA["properties"]["gas"]),
    "token": (keys.TOKEN, DEFINITIONS["token"]),
    "budget": (keys.BUDGET, DEFINITIONS["budget"]),
    "payee": (keys.PAYEE, DEFINITIONS["payee"]),
    "strangers": (keys.STRANGERS, DEFINITIONS["budget"]["properties"]["strangers"]),
    "cheques": (keys.CHEQUES, DEFINITIONS["budget"]["properties"]["cheques"]),
    "call": (keys.CALL, DEFINITIONS["call"]),
    "floor": (keys.FLOOR, DEFINITIONS["floor"]),
    "argument": (keys.ARGUMENT, DEFINITIONS["argument_value"]),
}


def plain(value):
    """The document as JSON has it: times are texts."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


def problems(text):
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(plain(tomllib.loads(text)))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('per_payment = "50 USD"\n', ""),
        ("per_payment =", "per_paymnet ="),
        ('"50 USD"', "50"),
        ('"50 USD"', '"50"'),
        ('"2 days"', '"2d"'),
        ('ever = "5000 USD"\n', ""),
        ('"the wallet"', '"the walet"'),
        ("at_least = 1", "at_least = 1, at_most = 2"),
        ('per_30_days = "0.2 ETH"\n', ""),
        ('"0x3333333333333333333333333333333333333333"', '"0x33"'),
    ],
)
def test_the_schema_and_the_parser_refuse_the_same_mistakes(old, new):
    assert old in EXAMPLE
    wrong = EXAMPLE.replace(old, new, 1)
    assert problems(wrong)
    with pytest.raises(peculium.InvalidInput):
        load_mandate(wrong)


def test_the_schema_is_valid_and_takes_the_example():
    Draft202012Validator.check_schema(SCHEMA)
    assert problems(EXAMPLE) == []


def test_the_schema_takes_what_is_written():
    read = read_mandate(EXAMPLE)
    assert problems(dump_mandate(read.mandate, read.names)) == []
    assert problems(dump_mandate(read.mandate)) == []


@pytest.mark.parametrize("table", TABLES)
def test_the_schema_has_exactly_the_keys_of_the_parser(table):
    known, schema = TABLES[table]
    assert set(known) == set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_the_parser_reads_every_key_that_it_knows(monkeypatch):
    """The example has every key but the guard, which excludes cheques."""
    read, get = set(), nodes.Table.get

    def noted(table, key):
        found = get(table, key)
        if found is not None:
            read.add(key)
        return found

    monkeypatch.setattr(nodes.Table, "get", noted)
    load_mandate(EXAMPLE)
    load_mandate(
        EXAMPLE.replace("round = 2", 'guard = "0x8888888888888888888888888888888888888888"').replace("cheques =", "#")
    )
    assert read == {key for known, _ in TABLES.values() for key in known}


def test_the_schema_has_exactly_the_words_for_arguments():
    assert set(DEFINITIONS["argument"]["anyOf"][0]["enum"]) == set(WORDS)
    valued = {
        ArgumentKind.EQUAL,
        ArgumentKind.ONE_OF,
        ArgumentKind.AT_MOST,
        ArgumentKind.AT_LEAST,
        ArgumentKind.TAIL_IN,
    }
    assert set(WORDS.values()) | valued == set(ArgumentKind)
