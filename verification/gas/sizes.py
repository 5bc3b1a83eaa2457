"""The size of each contract's code, and how much of the limit is left."""

from __future__ import annotations

from peculium.devnet.artifacts import CONTRACTS, artifact

LIMIT = 24_576
"""The most bytes of code that a contract may have (EIP-170)."""
RESERVE = 1_024
"""What should stay free in each contract (bytes)."""


def sizes() -> dict[str, int]:
    """Bytes of runtime code of each contract of the suite and of a principal's own contracts, the largest first."""
    names = (*CONTRACTS, "FleetBudget", "PrincipalPaymaster")
    found = {name: len(artifact(name).runtime_code) for name in names}
    return dict(sorted(found.items(), key=lambda size: -size[1]))
