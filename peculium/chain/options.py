"""How transactions are sent and requests repeated."""

from __future__ import annotations

from dataclasses import dataclass

from peculium.errors import InvalidInput


@dataclass(frozen=True)
class SendOptions:
    """How transactions are sent through one node. Times are in seconds."""

    confirmations: int = 1
    """Blocks that must include or follow a transaction before it counts as done; 1 is its own block."""
    timeout: float = 120
    """After this time without an outcome, `OutcomeUnknown` is raised."""
    replace_after: float = 45
    """After this time without a block, a transaction is sent again with the same nonce and content, at a higher fee."""
    patience: float = 10
    """For how long a request is repeated if the node doesn't answer or refuses for a reason that passes."""

    def __post_init__(self) -> None:
        if self.confirmations < 1:
            raise InvalidInput(f"confirmations is {self.confirmations}; it must be 1 or more.")
        if min(self.timeout, self.replace_after, self.patience) < 0:
            raise InvalidInput("timeout, replace_after and patience are seconds; they can't be negative.")
