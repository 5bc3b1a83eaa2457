"""What can prevent a devnet from starting."""

from __future__ import annotations

from peculium.errors import PeculiumError


class DevnetError(PeculiumError):
    """Anvil or the compiled contracts are missing, or the node did not start. The message says what to do."""


class EntryPointMissing(DevnetError):
    """The npm package of the EntryPoint is not installed."""
