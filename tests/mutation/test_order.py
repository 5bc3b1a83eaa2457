"""The order of the tests, the targets, and how long a result stays valid."""

from pathlib import Path

from tests.mutation.conftest import PATH
from verification.mutation.order import CallGraph, TestOrder
from verification.mutation.sources import imported, source_of
from verification.mutation.targets import TARGETS

ROOT = Path(__file__).parents[2]
TESTS = ["t/test_add.py::test_a", "t/test_add.py::test_b", "t/test_close.py::test_c", "t/test_open.py::test_d"]


def test_tests_of_a_calling_function_come_first(trees):
    graph = CallGraph({PATH: trees["original"][1]})
    assert graph.entry_points("Specimen._fits") == {"open": 1}
    assert graph.entry_points("Specimen.onlyOwner") == {"add": 1, "close": 2}
    order = TestOrder({name: graph.entry_points(name) for name in ("Specimen._fits", "Specimen.add")})
    assert order.sorted(TESTS, "Specimen._fits")[0] == TESTS[3]
    assert order.sorted(TESTS, "Specimen.add")[:2] == TESTS[:2]


def test_tests_that_killed_before_come_before_all_others(trees):
    graph = CallGraph({PATH: trees["original"][1]})
    order = TestOrder({"Specimen._fits": graph.entry_points("Specimen._fits")})
    order.add_kill("Specimen._fits", TESTS[2])
    assert order.sorted(TESTS, "Specimen._fits")[:2] == [TESTS[2], TESTS[3]]
    assert sorted(order.sorted(TESTS, "Specimen._fits")) == sorted(TESTS)


def test_tests_that_name_an_error_of_the_function_come_first():
    naming = "tests/mutation/test_order.py::test_tests_that_name_an_error_of_the_function_come_first"
    order = TestOrder({}, {"Specimen._fits": frozenset({"naming"})})
    assert order.sorted([*TESTS, naming], "Specimen._fits")[0] == naming


def test_every_contract_has_a_target_whose_tests_exist():
    """Except interfaces, mocks, and the verifier, which only names what it inherits."""
    written = {str(path.relative_to(ROOT)) for path in (ROOT / "contracts").glob("**/*.sol")}
    covered = [path for target in TARGETS for path in target.files]
    skipped = (
        "contracts/interfaces/",
        "contracts/mocks/",
        "contracts/.cache/",
        "contracts/signatures/P256Verifier.sol",
    )
    assert sorted(covered) == sorted(path for path in written if not path.startswith(skipped))
    assert [path for target in TARGETS for path in target.tests if not (ROOT / path).exists()] == []


def test_a_result_is_valid_while_the_source_of_its_test_is_unchanged():
    text = "import pytest\n\n\n@pytest.mark.slow\ndef test_one():\n    assert 1\n\n\ndef test_two():\n    pass\n"
    assert source_of(text, "test_one") == "@pytest.mark.slow\ndef test_one():\n    assert 1"
    assert source_of("# Above.\n" + text, "test_one") == source_of(text, "test_one")
    assert source_of(text.replace("slow", "fast"), "test_one") != source_of(text, "test_one")
    assert source_of(text, "test_three") == ""


def test_a_result_of_a_scenario_depends_on_all_files_that_it_imports(tmp_path):
    folder = tmp_path / "verification"
    scenario, rng, draw = (folder / name for name in ("scenario.py", "actions/rng.py", "actions/draw.py"))
    rng.parent.mkdir(parents=True)
    scenario.write_text("from random import Random\nfrom verification.actions import draw\n")
    draw.write_text("def draw():\n    from verification.actions.rng import often\n")
    rng.write_text("from verification.scenario import run\n")
    (rng.parent / "other.py").write_text("")
    assert imported(scenario, tmp_path) == {scenario, rng, draw}


def test_a_result_of_a_scenario_depends_on_the_model():
    found = imported(ROOT / "verification" / "scenarios" / "scenario.py", ROOT)
    assert ROOT / "verification" / "scenarios" / "model" / "ledger.py" in found
