"""The shared agent under names."""

from __future__ import annotations

import pytest


@pytest.fixture
def on_chain(profile, created):
    """A profile with the principal's key and the name `research` for the wallet."""
    profile(research=created.wallet.address)
