"""What the command prints, and the figures that it compares with."""

from __future__ import annotations

import io
import json
import subprocess

import pytest
from rich.console import Console

from verification.gas import committed as files
from verification.gas.committed import GAS, SIZES, committed
from verification.gas.sizes import LIMIT
from verification.gas.tables import show_gas, show_sizes
from verification.gas.targets import TARGETS


@pytest.fixture
def console():
    return Console(width=140, record=True, file=io.StringIO())


def test_every_row_with_a_target_is_printed_twice_and_the_others_once(console):
    gas = committed(GAS)
    show_gas(console, gas, gas)
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in console.export_text().splitlines()]
    for name in gas:
        rows = [line for line in lines if line and line[0] == name]
        target = f"{TARGETS[name]:,}" if name in TARGETS else ""
        assert rows == [[name, f"{gas[name]:,}", target, f"{gas[name]:,}", ""]] * (2 if target else 1), name


def test_a_change_is_printed_with_its_sign_and_a_new_row_as_new(console):
    show_sizes(console, {"Larger": 1_200, "Smaller": 800, "Added": 5}, {"Larger": 1_000, "Smaller": 1_000})
    text = console.export_text()
    assert [word in text for word in ("+200", "-200", "new", f"{LIMIT - 1_200:,}")] == [True] * 4


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository whose only commit has other figures than its working tree."""
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    files.write(GAS, {"pay": 1})
    for arguments in (["init", "-q"], ["add", GAS], [*identity, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    files.write(GAS, {"pay": 2})
    return tmp_path


def test_figures_of_an_unknown_revision_are_refused(repository):
    with pytest.raises(LookupError, match="no-such-revision"):
        committed(GAS, "no-such-revision")


def test_figures_are_those_of_the_revision(repository):
    assert (committed(GAS), committed(GAS, "HEAD")) == ({"pay": 2}, {"pay": 1})
    assert json.loads((repository / GAS).read_text()) == {"pay": 2}


def test_a_file_that_a_revision_does_not_have_has_no_figures(repository):
    assert (committed(SIZES), committed(SIZES, "HEAD")) == ({}, {})
