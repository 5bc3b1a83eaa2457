"""The report of the attacks: it would notice a theft, a failure, and a test that records nothing."""

import json
from pathlib import Path

import pytest

from verification.attacks.attack import ids_and_name
from verification.attacks.command import attacks_in
from verification.attacks.weakened import file_of, listed

ROOT = Path(__file__).parent.parent.parent
RECORD = {
    "ids": ["A01"],
    "name": "a way out",
    "tried": "Leaves.",
    "attempts": 2,
    "extracted": {"USD": "1", "ETH": "0"},
    "bound": {"USD": "5", "ETH": "0"},
    "refused_by": ["NotPrincipal"],
}


def report(*cases: str) -> str:
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"


def case(variant: str, inside: str = "", **changes: object) -> str:
    value = json.dumps({**RECORD, **changes}).replace('"', "&quot;")
    record = f'<properties><property name="attack" value="{value}"/></properties>' if inside != "nothing" else ""
    fault = "" if inside == "nothing" else inside
    head = f'<testcase classname="tests.attacks.test_some_family" name="test_a01_a_way_out[{variant}]">'
    return f"{head}{record}{fault}</testcase>"


def test_variants_are_told_together_and_the_worst_counts():
    (told,) = attacks_in(report(case("x"), case("y", extracted={"USD": "3", "ETH": "0"}, refused_by=["NoMandate"])))
    assert (told.family, told.ids, told.name) == ("some family", ("A01",), "a way out")
    assert (told.attempts, told.extracted["USD"]) == (4, "3")
    assert told.refused_by == ("NotPrincipal", "NoMandate")
    assert told.held


@pytest.mark.parametrize("fault", ["failure", "error", "skipped"])
def test_an_attack_that_fails_in_one_variant_is_not_held(fault):
    (told,) = attacks_in(report(case("x"), case("y", f'<{fault} message="5 dollars were taken"/>')))
    assert not told.held
    assert told.failure == "5 dollars were taken"


def test_an_attack_without_a_record_is_not_held():
    (told,) = attacks_in(report(case("x", "nothing")))
    assert not told.held


def test_an_attack_is_named_after_its_ids():
    assert ids_and_name("test_a01_a02_other_ways_out") == (("A01", "A02"), "other ways out")
    with pytest.raises(ValueError, match="test_<id>_<name>"):
        ids_and_name("test_other_ways_out")


def test_every_family_is_in_the_threat_model():
    told = (ROOT / "docs" / "threat-model.md").read_text()
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "attacks").glob("test_*.py")]
    assert files
    assert [name for name in files if f"`{name}`" not in told] == []


def test_every_weakening_names_what_stands_in_its_file_and_an_attack():
    for each in listed():
        assert each.gone in " ".join((ROOT / each.file).read_text().split()), each
        assert file_of(each.attack), each


def test_every_family_has_attacks_whose_check_is_taken_out():
    families = {file_of(each.attack) for each in listed()}
    assert families == {path.name for path in (ROOT / "tests" / "attacks").glob("test_*.py")}
