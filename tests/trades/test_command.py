"""`ape run trades`."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from click.testing import CliRunner

from verification.trades import command
from verification.trades.plays import PLAYS


@pytest.fixture
def run(rows, monkeypatch):
    """Runs the command, with what was measured on the venues of the session."""
    monkeypatch.setattr(command, "measure_all", lambda console: list(rows.values()))

    def invoke(*options):
        result = CliRunner().invoke(command.cli, options, catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    return invoke


def test_prints_the_losses_of_every_play(run, rows):
    printed = run()
    for row in rows.values():
        losses = [f"{row.loss:.2f}", "refused" if row.loss_with_floor is None else f"{row.loss_with_floor:.2f}"]
        assert any(
            line.split()[-2:] == losses and row.play[:12] in line for line in printed.replace("│", " ").split("\n")
        )


def test_prints_json(run):
    rows = json.loads(run("--json"))["plays"]
    assert [(row["venue"], row["play"]) for row in rows] == [(play.venue, play.name) for play in PLAYS]
    recipients = [row for row in rows if row["play"] == "other recipient"]
    assert [(Decimal(row["loss"]), row["loss_with_floor"]) for row in recipients] == [(100, None)] * 2
