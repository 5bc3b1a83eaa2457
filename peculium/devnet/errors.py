"""What can prevent a devnet from starting."""

from __future__ import annotations

from peculium.exceptions import PeculiumError


class DevnetError(PeculiumError):
    """Anvil or the compiled contracts are missing, or the node did not start. The message says what to do."""
