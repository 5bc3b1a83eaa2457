"""These tests need no chain: they replace the fixtures that start one for every test."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _module_isolation() -> None:
    pass


@pytest.fixture(autouse=True)
def isolation() -> None:
    pass
