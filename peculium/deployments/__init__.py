"""What the package knows of the deployed contracts: their addresses, the same on every chain, and their bytecode."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from peculium.deployments.artifacts import SUITE, Artifact, packaged_artifact, packaged_suite

__all__ = ["SUITE", "Artifact", "packaged_artifact", "packaged_suite", "suite_addresses"]


@cache
def suite_addresses() -> dict[str, str]:
    """Returns the addresses of the suite's contracts by name, as `deploy_suite` creates them."""
    content: dict[str, str] = json.loads(files(__package__).joinpath("addresses.json").read_text())
    return content
