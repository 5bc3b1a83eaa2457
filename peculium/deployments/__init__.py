"""What the package knows of chains and of the contracts there.

The contracts' addresses, the same on every chain, and their bytecode; public networks, their stablecoins, and the
canonical registries of ERC-8004.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from peculium.deployments.artifacts import SUITE, Artifact, packaged_artifact, packaged_suite
from peculium.deployments.networks import KnownNetwork, KnownToken, network, networks, tokens
from peculium.deployments.registries import KnownRegistries, registries

__all__ = [
    "SUITE",
    "Artifact",
    "KnownNetwork",
    "KnownRegistries",
    "KnownToken",
    "network",
    "networks",
    "packaged_artifact",
    "packaged_suite",
    "registries",
    "suite_addresses",
    "tokens",
]


@cache
def suite_addresses() -> dict[str, str]:
    """Returns the addresses of the suite's contracts by name, as `deploy_suite` creates them."""
    content: dict[str, str] = json.loads(files(__package__).joinpath("addresses.json").read_text())
    return content
