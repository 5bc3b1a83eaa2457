"""The ledger balances whatever happens."""

from __future__ import annotations

import pytest

from verification.books.scenarios import read_scenarios


@pytest.mark.slow
def test_random_scenarios_balance_across_their_reorganization():
    found = read_scenarios(campaign=7, scenarios=4)
    assert found.wrong == []
    assert found.scenarios == 4
    assert found.undone > 0
    assert found.movements > 50
