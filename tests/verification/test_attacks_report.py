"""The report of the attacks shows a theft, a failed test and a test that records nothing."""

import json
from pathlib import Path

import pytest

from verification.attacks.attack import ids_and_name
from verification.attacks.report import attacks_in
from verification.attacks.weakened import file_of, weakenings

ROOT = Path(__file__).parent.parent.parent
RECORD = {
    "ids": ["A01"],
    "name": "an exit",
    "description": "Leaves.",
    "attempts": 2,
    "extracted": {"USD": "1", "ETH": "0"},
    "allowed": {"USD": "5", "ETH": "0"},
    "refused_by": ["NotPrincipal"],
}


def report(*cases: str) -> str:
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"


def case(variant: str, inside: str = "", **changes: object) -> str:
    value = json.dumps({**RECORD, **changes}).replace('"', "&quot;")
    record = f'<properties><property name="attack" value="{value}"/></properties>' if inside != "nothing" else ""
    fault = "" if inside == "nothing" else inside
    head = f'<testcase classname="tests.attacks.test_some_family" name="test_a01_an_exit[{variant}]">'
    return f"{head}{record}{fault}</testcase>"


def test_variants_are_merged_and_the_largest_amount_counts():
    (attack,) = attacks_in(report(case("x"), case("y", extracted={"USD": "3", "ETH": "0"}, refused_by=["NoMandate"])))
    assert (attack.family, attack.ids, attack.name) == ("some family", ("A01",), "an exit")
    assert (attack.attempts, attack.extracted["USD"]) == (4, "3")
    assert attack.refused_by == ("NotPrincipal", "NoMandate")
    assert attack.stopped


@pytest.mark.parametrize("fault", ["failure", "error", "skipped"])
def test_an_attack_whose_test_fails_in_one_variant_is_not_stopped(fault):
    (attack,) = attacks_in(report(case("x"), case("y", f'<{fault} message="5 dollars were extracted"/>')))
    assert not attack.stopped
    assert attack.failure == "5 dollars were extracted"


def test_an_attack_without_a_record_is_not_stopped():
    (attack,) = attacks_in(report(case("x", "nothing")))
    assert not attack.stopped


def test_ids_and_name_come_from_the_name_of_the_test():
    assert ids_and_name("test_a01_a02_other_exits") == (("A01", "A02"), "other exits")
    with pytest.raises(ValueError, match="test_<id>_<name>"):
        ids_and_name("test_other_exits")


def test_every_family_is_in_the_threat_model():
    text = (ROOT / "docs" / "threat-model.md").read_text()
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "attacks").glob("test_*.py")]
    assert files
    assert [name for name in files if f"`{name}`" not in text] == []


def test_every_weakening_names_existing_code_and_an_existing_attack():
    for each in weakenings():
        assert each.gone in " ".join((ROOT / each.file).read_text().split()), each
        assert file_of(each.attack), each


def test_every_family_has_a_weakening():
    families = {file_of(each.attack) for each in weakenings()}
    assert families == {path.name for path in (ROOT / "tests" / "attacks").glob("test_*.py")}
