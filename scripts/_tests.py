"""Lets a script use the tests' own modules. An installed package brings a `tests` of its own, which would be found first."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

_tests = ModuleType("tests")
_tests.__path__ = [str(Path(__file__).resolve().parent.parent / "tests")]
sys.modules["tests"] = _tests
