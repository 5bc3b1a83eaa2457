"""Anvil with the suite, the EntryPoint and test tokens, for examples, tests and verification."""

from peculium.devnet.anvil import find_anvil, run_anvil
from peculium.devnet.artifacts import artifact, suite_artifacts
from peculium.devnet.devnet import Devnet
from peculium.devnet.entry_point import deploy_entry_point
from peculium.devnet.errors import DevnetError
from peculium.devnet.ready import ready_agent
from peculium.devnet.tap import tap

__all__ = [
    "Devnet",
    "DevnetError",
    "artifact",
    "deploy_entry_point",
    "find_anvil",
    "ready_agent",
    "run_anvil",
    "suite_artifacts",
    "tap",
]
