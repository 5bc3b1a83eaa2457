"""What a dry run of an action has come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peculium.errors import PeculiumError


@dataclass(frozen=True)
class Decision:
    """Whether the wallet would do something now. It counts as true if it would."""

    allowed: bool
    reason: PeculiumError | None = None
    """The error that the action would raise; None if it is allowed."""

    def __bool__(self) -> bool:
        return self.allowed

    def __str__(self) -> str:
        return "Allowed." if self.reason is None else str(self.reason)

    def as_dict(self) -> dict[str, Any]:
        """Returns the decision for a program: `allowed`, and `reason` as the error's own `as_dict`."""
        return {"allowed": self.allowed, "reason": None if self.reason is None else self.reason.as_dict()}
