"""Chains that pose as public ones; the shared chain isn't used."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def isolation():
    """Replaces that of the shared chain: each test starts chains of its own."""


@pytest.fixture(scope="module", autouse=True)
def _module_isolation():
    """Replaces that of the shared chain."""
