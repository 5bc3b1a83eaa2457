"""What one transaction did to one wallet, before it is written down."""

from __future__ import annotations

from dataclasses import dataclass, field

from peculium.ledger.logs import Log
from peculium.ledger.path import Path


@dataclass
class Movement:
    """An amount that came in or left."""

    token: str
    incoming: bool
    amount: int
    """Token base units, or wei."""
    party: str
    """The other side."""
    index: int
    """Position of the log among all logs of the block."""
    path: Path = Path.UNEXPLAINED
    sent: Path | None = None
    """How the agent's action reached the wallet; None for what isn't its action."""
    ref: str | None = None
    """The reference (0x hex)."""
    operation: Operation | None = None
    """The user operation that it belongs to."""


@dataclass(frozen=True)
class Operation:
    """A user operation of the wallet."""

    hash: str
    payer: str
    """Who paid its gas: a paymaster, or the wallet."""
    cost: int
    """Wei."""
    index: int


@dataclass
class Explainer:
    """An event of the wallet that explains transfers, and how much of each token it can explain."""

    index: int
    path: Path
    sent: Path | None
    ref: str | None
    party: str | None
    """Whom it pays; None if that is the target's choice."""
    left: dict[str, int]
    """Base units by token; a token that is missing can't be explained."""

    def takes(self, movement: Movement) -> bool:
        """Whether it explains this transfer. If so, the amount is used up."""
        if self.left.get(movement.token, 0) < movement.amount:
            return False
        self.left[movement.token] -= movement.amount
        return True


@dataclass(frozen=True)
class Charge:
    """What a payment or a call charged."""

    token: str
    amount: int
    """Budget units."""
    index: int


@dataclass(frozen=True)
class Note:
    """An event that is kept as it is."""

    name: str
    key: str | None
    """What it is looked up by (0x hex): the nonce of an authorization, the hash of a mandate."""
    log: Log


@dataclass
class Found:
    """All that one transaction did to one wallet."""

    movements: list[Movement] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    """Tokens that an event of the wallet names."""
