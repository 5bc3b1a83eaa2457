"""The committed gas figures are what the contracts cost today: a change of gas is a diff that somebody reads."""

import json
from pathlib import Path

from rich.console import Console

from scripts.gas import TARGETS, measure

COMMITTED = Path(__file__).parent.parent / "gas.json"


def test_the_committed_figures_are_todays():
    committed = json.loads(COMMITTED.read_text())
    assert measure(Console(quiet=True)) == committed, "run `ape run gas --update`, and read the diff"


def test_no_committed_figure_is_above_its_aim():
    committed = json.loads(COMMITTED.read_text())
    assert {name: committed[name] for name, aim in TARGETS.items() if committed[name] > aim} == {}
