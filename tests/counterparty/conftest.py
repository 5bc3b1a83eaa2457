"""Fixtures of the tests of `check`, evidence and issuers."""

from __future__ import annotations

import pytest

from peculium import check


@pytest.fixture
def created(checkpoint, new_agent):
    """An active agent."""
    return checkpoint.share("created", new_agent)


@pytest.fixture
def look(suite, created):
    """Checks the agent's wallet, or whatever is named, on the chain of the tests."""
    return lambda who=None, **options: check(created.wallet.address if who is None else who, suite, **options)
