"""Refuses a stale build before any test runs, and finds Anvil when the virtual environment is not activated."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from toolchain.compile import stale

os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def pytest_configure() -> None:
    if reason := stale():
        raise pytest.UsageError(reason)
