"""`ape run mutate` on `Specimen` with its weak tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.conftest import PATH

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
OPERATORS = ("removed modifier", "removed event", "removed check", "removed assignment")
# Few, because each takes time. One mutant needs its own build, one is in the constructor, one removes an event.
FEW = [f"--operator={name}" for name in OPERATORS]
SURVIVORS = {
    "emit Added(msg.sender, amount, total);",
    "revert Closed();",
    "closed = true;",
    "(done,) = target.call(data);",
}


@pytest.fixture
def run(tmp_path):
    """Runs the command; returns its exit code and its JSON document."""

    def command(*options):
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        argv = [sys.executable, "-m", "verification.mutation.specimen.run", str(tmp_path), "--json", *options]
        done = subprocess.run(
            argv, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
        )
        assert done.stdout, done.stderr[-2000:]
        return done.returncode, json.loads(done.stdout)

    return command


def test_a_survivor_fails_the_command_until_it_is_listed_with_a_reason(run, tmp_path):
    code, document = run(*FEW)
    (row,) = document["files"]
    assert (row["mutants"], row["killed"], row["not_run"]) == (9, 5, 0)
    assert row["score"] == 55.6
    assert {each["before"] for each in document["survivors"]} == SURVIVORS
    assert code == 1

    # A stored result isn't run again. A listed mutant counts neither as a survivor nor as killed.
    listed = ""
    for each in document["survivors"]:
        line, mutant = each["key"].removeprefix(f"{PATH}:{each['function']}: ").split(" -> ")
        entry = {"function": each["function"], "line": line, "mutant": mutant, "why": "Nothing tests it."}
        listed += f'[["{PATH}"]]\n' + "".join(f"{name} = {json.dumps(value)}\n" for name, value in entry.items())
    (tmp_path / "equivalent.toml").write_text(listed)
    code, document = run("--report", *FEW)
    (row,) = document["files"]
    assert (code, row["killed"], row["equivalent"], row["score"]) == (0, 5, 4, 100.0)

    # An entry without a mutant fails the command, which suggests the closest one.
    (tmp_path / "equivalent.toml").write_text(listed.replace("revert Closed();", "revert IsClosed();"))
    code, document = run("--report")
    (outdated,) = document["outdated"].items()
    assert code == 1
    assert [key.partition(": ")[2] for key in outdated] == [
        "if (closed) revert IsClosed(); -> if (closed)",
        "if (closed) revert Closed(); -> if (closed)",
    ]
    (row,) = document["files"]
    assert (row["mutants"], row["survived"], row["not_run"]) == (35, 1, 35 - 9)


def test_a_mutant_that_survives_only_some_tests_counts_as_not_run(run):
    few = ("--test=verification/mutation/specimen/weak_tests.py", "--max-tests=2")
    code, document = run(*few, "--operator=removed event", "--operator=removed modifier")
    (row,) = document["files"]
    assert (code, row["mutants"], row["killed"], row["survived"], row["not_run"]) == (0, 2, 1, 0, 1)


def test_scenarios_kill_mutants_before_any_test_runs(run):
    """Also a mutant that needs its own build."""
    operators = ("--operator=removed event", "--operator=removed modifier")
    code, document = run("--quick", "--file=RevocationSwitch", *operators, "--sample=3", "--seed=4")
    (row,) = document["files"]
    assert (code, row["mutants"], row["killed"], row["by_scenarios"], row["not_run"]) == (0, 3, 3, 3, 0)


def test_tests_that_fail_on_the_original_contracts_end_the_command(run, monkeypatch):
    monkeypatch.setenv("SPECIMEN_FAILS", "1")
    with pytest.raises(AssertionError, match="tests of target 'specimen' fail on the original contracts"):
        run("--operator=removed event")
