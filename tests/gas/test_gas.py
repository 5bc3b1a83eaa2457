"""The gas of the main transactions: a change must be committed, so that a reviewer reads it."""

from __future__ import annotations

from rich.console import Console

from verification.gas.chart import CHART, draw
from verification.gas.measurement import measure
from verification.gas.page import format_table, read_table
from verification.gas.targets import MISSED, TARGETS, committed_figures


def test_measured_gas_equals_the_committed_figures():
    assert measure(Console(quiet=True)) == committed_figures(), "run `ape run gas --update` and review the diff"


def test_chart_shows_the_committed_figures():
    assert CHART.read_text() == draw(committed_figures())


def test_page_shows_the_committed_figures():
    assert read_table() == format_table(committed_figures())


def test_figures_exceed_their_targets_only_where_a_reason_is_given():
    figures = committed_figures()
    assert {name for name, target in TARGETS.items() if figures[name] > target} == set(MISSED)
