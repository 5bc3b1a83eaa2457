"""The example needs no suite."""

import pytest


@pytest.fixture(scope="session")
def stage():
    """Nothing but the chain."""
