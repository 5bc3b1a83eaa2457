"""`ape run fuzz` exits with 1 and says how to reproduce a difference."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from verification.scenarios.campaign import Report
from verification.scenarios.command import cli, problems
from verification.scenarios.database import open_database, stored
from verification.scenarios.injected_faults import inject


def test_failing_campaign_prints_the_command_that_reproduces_it(tmp_path):
    arguments = ["--actions", "1000", "--workers", "1", "--database", str(tmp_path)]
    with inject("I1: a charge is rounded down"):
        result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 1
    assert "Model and chain diverge after" in result.output
    assert "Reproduce: `.venv/bin/python .build/scenarios/scenario_1000000.py`" in result.output
    assert len(list(stored(open_database(str(tmp_path))))) == 1


def test_prints_only_json_to_stdout(tmp_path, capsys):
    arguments = ["--actions", "100", "--workers", "1", "--database", str(tmp_path), "--json"]
    with pytest.raises(SystemExit) as exited:
        cli.main(arguments, standalone_mode=False)
    figures = json.loads(capsys.readouterr().out)
    assert figures["actions"] >= 100
    assert figures["scenarios"] == 1
    # A single scenario does not reach every required outcome.
    assert exited.value.code == 1
    assert figures["problems"][0].startswith("Outcomes never reached: ")


def test_unusable_database_is_a_usage_error():
    result = CliRunner().invoke(cli, ["--database", "http://127.0.0.1"])
    assert result.exit_code == 2
    assert "Pass a folder instead" in result.output or "pip install redis" in result.output


def test_too_few_accepted_actions_are_a_problem():
    report = Report(actions=10, reached=Counter({("pay", "done"): 2, ("pay", "NoMandate"): 8}))
    assert problems(report)[0] == "Only 20% of the actions were accepted; the minimum is 30%."


@pytest.mark.parametrize("option", ["--seed", "--minutes", "--actions", "--workers", "--length", "--driver", "--json"])
def test_help_explains_every_option(option):
    assert option in CliRunner().invoke(cli, ["--help"]).output
