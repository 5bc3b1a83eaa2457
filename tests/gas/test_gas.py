"""The gas of the main transactions: a change must be committed, so that a reviewer reads it."""

from __future__ import annotations

import pytest
from rich.console import Console

from verification.gas.chart import CHART, draw
from verification.gas.measurement import Figures, measure
from verification.gas.page import TABLES, read_tables
from verification.gas.sizes import LIMIT, RESERVE, sizes
from verification.gas.targets import MISSED, TARGETS
from verification.gas.where import PAY


@pytest.fixture(scope="module")
def measured():
    return measure(Console(quiet=True))


def test_measured_gas_equals_the_committed_figures(measured):
    assert measured.gas == Figures.committed().gas, "run `ape run gas --update` and review the diff"


def test_the_parts_of_a_payment_equal_the_committed_ones_and_add_up_to_its_gas(measured):
    assert list(measured.parts.items()) == list(Figures.committed().parts.items()), "run `ape run gas --update`"
    assert sum(measured.parts.values()) == measured.gas[PAY]


def test_sizes_equal_the_committed_ones_and_leave_a_reserve():
    assert sizes() == Figures.committed().sizes, "run `ape run gas --update` and review the diff"
    assert max(sizes().values()) <= LIMIT - RESERVE


def test_chart_shows_the_committed_figures():
    assert CHART.read_text() == draw(Figures.committed().gas)


def test_page_shows_the_committed_figures():
    assert read_tables() == {name: table(Figures.committed()) for name, table in TABLES.items()}


def test_figures_exceed_their_targets_only_where_a_reason_is_given():
    gas = Figures.committed().gas
    assert {name for name, target in TARGETS.items() if gas[name] > target} == set(MISSED)
