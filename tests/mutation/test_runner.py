"""Builds and tests that the runner must not confuse."""

from types import SimpleNamespace

import ape
import pytest

from peculium.devnet.artifacts import artifact
from verification.mutation.builder import Bytecode
from verification.mutation.order import TestOrder
from verification.mutation.results import KILLED, SURVIVED, Result
from verification.mutation.runner import Runner, use_build


@pytest.fixture
def original_build():
    """Restores the contracts at the end."""
    yield
    use_build({})


def code(name):
    compiled = getattr(ape.project, name).contract_type
    return compiled.deployment_bytecode.bytecode, compiled.runtime_bytecode.bytecode


@pytest.mark.slow
def test_a_build_replaces_the_previous_one_for_tests_and_scenarios(original_build):
    """Otherwise a mutant of the previous target stays selected together with the one of the same number."""
    original = code("MockTarget")
    use_build({"MockTarget": Bytecode("00", "01")})
    assert code("MockTarget") == ("0x00", "0x01")
    assert artifact("MockTarget").init_code == b"\x00"
    use_build({"MockPayee": Bytecode("02", "03")})
    assert (code("MockTarget"), code("MockPayee")) == (original, ("0x02", "0x03"))
    assert artifact("MockTarget").init_code == bytes.fromhex(original[0].removeprefix("0x"))
    use_build({})
    assert code("MockPayee") != ("0x02", "0x03")


def test_a_test_that_fails_on_the_original_build_is_run_only_once():
    """A test that searches the bytecode for an opcode fails on every build with many mutants."""
    runs = []

    class RecordingRunner(Runner):
        def run(self, session, items, number):
            runs.append([item.nodeid for item in items])
            failing = [each for each in runs[-1] if each == "unsound" or (each == "killer" and number)]
            return Result(number, KILLED if failing else SURVIVED, failing[0] if failing else "", 0)

    items = [SimpleNamespace(nodeid=name) for name in ("unsound", "killer")]
    runner = RecordingRunner({}, TestOrder({}), None, "http://127.0.0.1:1")
    assert [runner.confirm(None, items, number).killed_by for number in (1, 2)] == ["killer", "killer"]
    assert [each for each in runs if "unsound" in each] == [["unsound", "killer"], ["unsound"]]
