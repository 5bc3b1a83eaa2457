"""Something that the contracts must refuse, and what they answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from examples.rogue_agent.money import USD, Currency, plain
from peculium import ContractError
from peculium.errors import GuardRefused, UnknownRevert

DAY = 86_400
REASONS = {
    "ArgumentRefused": "The mandate does not allow this value of argument {index}.",
    "MandateExpired": "The mandate ended on {valid_until}.",
    "NotAnAgentOperation": "The operation does not call a function that the agent may use.",
    "OperationCostExceeded": "It could cost {cost}; the limit per operation is {limit}.",
    "PayeeLimitExceeded": "It charges {charge}; {remaining} is left for this payee.",
    "PaymentLimitExceeded": "It charges {charge}; the limit per payment is {limit}.",
    "FloorMissed": "It gains {gained}; the floor of its call rule is {needed}.",
    "RequestMismatch": "The slot does not hold this request any more.",
    "RoundEnded": "The mandate is for round {given}; the current round is {expected}.",
    "StrangerPaymentLimitExceeded": "It charges {charge}; the limit per payment to a stranger is {limit}.",
    "StrangerWindowLimitExceeded": "It charges {charge}; the {length} limit for strangers has {remaining} left.",
    "WindowLimitExceeded": "It charges {charge}; the {length} limit has {remaining} left.",
}
"""Reasons in whole units and readable time. For other errors, the first sentence of the message is the reason."""


@dataclass
class Attempt:
    """An action that must fail with the `expected` error and move nothing."""

    title: str
    expected: type[ContractError]
    run: Callable[[], object] = field(repr=False)
    currency: Currency = USD
    refusal: ContractError | None = None
    moved: Decimal = Decimal(0)
    """Tokens and ether that left the wallets (whole units)."""

    @property
    def refused(self) -> bool:
        """Whether it failed with the expected error and moved nothing."""
        return type(self.refusal) is self.expected and self.moved == 0

    @property
    def refused_by(self) -> str:
        """The error that stopped it."""
        if isinstance(self.refusal, UnknownRevert):
            return "the token"
        return type(self.refusal).__name__ if self.refusal else "NOT REFUSED"

    @property
    def reason(self) -> str:
        """Why it was refused, in one sentence."""
        if self.refusal is None:
            return "The attempt went through."
        if isinstance(self.refusal, GuardRefused) and self.refusal.refusal is not None:
            return f"The guard refuses. {self._reason_of(self.refusal.refusal)}"
        return self._reason_of(self.refusal)

    def as_dict(self) -> dict[str, Any]:
        """The attempt for a program. `code`, `message` and the rest are those of the refusal."""
        refusal = self.refusal.as_dict() if self.refusal else {"code": None}
        return {"title": self.title, "refused": self.refused, "moved": plain(self.moved), **refusal}

    def _reason_of(self, refusal: ContractError) -> str:
        if isinstance(refusal, UnknownRevert):
            return str(refusal.reason)
        template = REASONS.get(type(refusal).__name__)
        if template is None:
            return str(refusal).partition(". ")[0].rstrip(".") + "."
        return template.format_map({name: self._show(name, value) for name, value in refusal.arguments.items()})

    def _show(self, name: str, value: object) -> str:
        if not isinstance(value, int):
            return str(value)
        if name in ("charge", "cost", "gained", "limit", "needed", "remaining"):
            return self.currency.show(value)
        if name == "length":
            return "24-hour" if value == DAY else f"{value // DAY}-day"
        if name == "valid_until":
            return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d at %H:%M UTC}"
        return str(value)
