"""The ledger against its definition, tens of thousands of charges at once; `ape run ledger` compares millions (I2, I3, I22)."""

from __future__ import annotations

import pytest

from scripts import _ledger_cases
from scripts._ledger_mill import SIZE, STORIES, differences, own_mill


@pytest.fixture(scope="module")
def chain():
    """A chain for large calls."""
    with own_mill() as found:
        yield found


def test_every_charge_of_thousands_of_stories_ends_as_the_definition_says(chain):
    count, wrong, reached = differences(*chain, seed=0)
    assert wrong == []
    assert count == SIZE * STORIES
    # Each verdict often enough to have met its bounds.
    assert all(number > count // 20 for number in reached.values()), reached


@pytest.mark.parametrize("buckets", [7, 9])
def test_another_definition_would_be_noticed(chain, monkeypatch, buckets):
    monkeypatch.setattr(_ledger_cases, "COUNTED", buckets)
    _, wrong, _ = differences(*chain, seed=0)
    assert wrong
