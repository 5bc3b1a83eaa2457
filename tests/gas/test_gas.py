"""The committed gas figures are what the contracts cost today: a change of gas is a diff that somebody reads."""

import json

from rich.console import Console

from verification.gas.chart import curve
from verification.gas.command import PICTURE, measure
from verification.gas.targets import COMMITTED, MISSED, TARGETS


def test_the_committed_figures_are_todays():
    committed = json.loads(COMMITTED.read_text())
    assert measure(Console(quiet=True)) == committed, "run `ape run gas --update`, and read the diff"


def test_the_picture_shows_the_committed_figures():
    assert PICTURE.read_text() == curve(json.loads(COMMITTED.read_text()))


def test_only_figures_that_say_why_are_above_their_aim():
    committed = json.loads(COMMITTED.read_text())
    assert {name for name, aim in TARGETS.items() if committed[name] > aim} == set(MISSED)
