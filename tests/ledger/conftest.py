"""The ledger library behind one call."""

import pytest


@pytest.fixture
def harness(deploy):
    """Runs the steps of a trace on a fresh ledger."""
    return deploy("SpendLedgerHarness")
