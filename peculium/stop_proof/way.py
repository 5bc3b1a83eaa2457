"""A way by which money could leave a wallet, and what came of trying it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from peculium.overview import State
from peculium.plain import as_plain


class WayKind(StrEnum):
    """The ways out."""

    PAYMENT = "payment"
    """A transaction of the agent key."""
    RELAY = "relayed payment"
    """An action that the agent key signs and anybody sends."""
    OPERATION = "user operation"
    CALL = "call"
    """Of a contract that the mandate lists."""
    REQUEST = "request"
    """The principal's approval of what the agent asked for."""
    AUTHORIZATION = "authorization"
    """Charged before, and settled by its payee."""
    CHEQUE = "cheque"
    """Signed by the agent key, and settled by its payee."""


@dataclass(frozen=True)
class Way:
    """A way out that was tried in a simulation."""

    kind: WayKind
    what: str
    """In words."""
    tried: Decimal
    """What was tried to take (whole units)."""
    unit: str
    """Currency, or symbol of the token."""
    open: Decimal = Decimal(0)
    """What gets out; zero if the way is closed."""
    reason: str = ""
    """Why it is closed: the name of the error. Empty if it is open."""
    untried: str = ""
    """Why it couldn't be tried; empty if it was."""

    @property
    def closed(self) -> bool:
        """Whether it was tried, and nothing gets out."""
        return not self.open and not self.untried


@dataclass(frozen=True)
class StopProof:
    """What every way out that the mandate opened lets through."""

    wallet: str
    block: int
    """The block whose state was tried."""
    time: datetime
    """Time of the block (UTC)."""
    state: State
    ways: tuple[Way, ...]

    @property
    def stopped(self) -> bool:
        """Whether the agent can't act, every way was tried, and nothing gets out by any.

        Of a live agent nothing may get out either, as long as it has no money or its windows are used up. That ends by itself.
        """
        return self.state not in (State.LIVE, State.NOT_YET_VALID) and all(way.closed for way in self.ways)

    def as_dict(self) -> dict[str, Any]:
        """Returns it for a program."""
        found: dict[str, Any] = as_plain(self)
        return {**found, "stopped": self.stopped}
