"""What commands print with `--json` has the documented form."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator, ValidationError

from peculium.cli.answer import FORMAT
from peculium.cli.exits import Exit
from peculium.watching import alarms

SCHEMA = json.loads(files("peculium.cli").joinpath("answer.schema.json").read_text())
MESSAGE = {"$ref": "#/$defs/message", "$defs": SCHEMA["$defs"]}


@pytest.fixture(autouse=True)
def _profile(on_chain):
    """Every test has it."""


@pytest.fixture
def valid():
    """Checks a document."""
    Draft202012Validator.check_schema(SCHEMA)
    return lambda document, schema=SCHEMA: Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize(
    "change", [{"format": 2}, {"ok": False}, {"exit": 9}, {"result": None, "error": {}}, {"next": 3}]
)
def test_schema_refuses_other_forms(peculium, valid, change):
    answer = peculium("profile", "--json").json
    with pytest.raises(ValidationError):
        valid({**answer, **change})


@pytest.mark.parametrize("left_out", ["format", "command", "ok", "exit", "next", "result"])
def test_schema_refuses_an_answer_that_lacks_something(peculium, valid, left_out):
    answer = peculium("profile", "--json").json
    with pytest.raises(ValidationError):
        valid({name: value for name, value in answer.items() if name != left_out})


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["profile"], Exit.OK),
        (["agents"], Exit.OK),
        (["show", "research"], Exit.OK),
        (["check", "research"], Exit.OK),
        (["explain", "0x" + "12" * 32], Exit.OK),
        (["watch", "--once"], Exit.OK),
        (["stop-proof", "research"], Exit.FAILED),
        (["explain", "0x12345678"], Exit.FAILED),
        (["show", "nobody"], Exit.USAGE),
        (["show"], Exit.USAGE),
        (["show", "guardian"], Exit.UNREACHABLE),
    ],
)
def test_answers_and_errors_have_the_form(peculium, valid, arguments, code):
    ran = peculium(*arguments, "--json")
    assert ran.exit == code
    valid(ran.json)


def test_refusal_of_a_contract_has_the_form(peculium, valid, suite, principal, created):
    suite.switch.revoke(principal, created.wallet.address)
    ran = peculium("unpause", "research", "--yes", "--json")
    assert ran.exit == Exit.STOPPED
    valid(ran.json)


def test_messages_have_the_form(valid):
    for kind in alarms.AlarmKind:
        valid(json.loads(json.dumps(alarms.Alarm(kind, "text", "0x" + "12" * 20).as_dict())), MESSAGE)
    assert set(SCHEMA["$defs"]["message"]["properties"]["kind"]["enum"]) == set(alarms.AlarmKind)


def test_versions_are_those_of_the_schema():
    assert SCHEMA["properties"]["format"]["const"] == FORMAT
    assert SCHEMA["$defs"]["message"]["properties"]["format"]["const"] == alarms.FORMAT


def test_exit_codes_are_those_of_the_schema():
    assert set(SCHEMA["properties"]["exit"]["enum"]) == set(Exit) - {Exit.INTERRUPTED}
