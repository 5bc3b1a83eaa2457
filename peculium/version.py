"""The version of the package."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def _version() -> str:
    try:
        return version("peculium")
    except PackageNotFoundError:
        # A checkout that isn't installed has no metadata.
        return str(tomllib.loads(_PYPROJECT.read_text())["project"]["version"]) if _PYPROJECT.exists() else "unknown"


__version__ = _version()
"""The version in pyproject.toml."""
