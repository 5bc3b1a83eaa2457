"""The caller has no right to do this, or the guard doesn't agree."""

from __future__ import annotations

from typing import Any, Self

from peculium.errors.contract import ContractError, NotAllowed, UnknownRevert
from peculium.errors.money import Unit

GUARD_LIMITS = {
    "WindowLimitExceeded": (
        "The charge is {charge:budget}; {remaining:budget} remains in the guard's rolling window of {length:duration}, which "
        "the principal's other agents can share. Pay at most that, wait until more returns "
        "(FleetBudget.remaining says when), or ask the principal to raise the guard's limit."
    ),
    "LifetimeLimitExceeded": (
        "The charge is {charge:budget}; {remaining:budget} remains of the guard's lifetime limit, which the principal's other "
        "agents can share. Pay at most that, or ask the principal to raise the guard's limit."
    ),
}
"""What `GuardRefused` says when a guard's own limit is exceeded. The mandate's own limits allowed the charge."""


class GuardRefused(NotAllowed):
    """The mandate's guard doesn't agree to the mandate or to a payment.

    `refusal` is what the guard reverted with or returned: an exception of this module if it is an error of the contracts.
    """

    template = "The guard {guard} refuses."

    def __init__(self, refusal: ContractError | None = None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.refusal = refusal
        self.retryable = refusal is not None and refusal.retryable

    def __str__(self) -> str:
        if self.refusal is None:
            return super().__str__()
        if not self.arguments.get("reason") and isinstance(self.refusal, UnknownRevert):
            return (
                f"{super().__str__()} It gives no reason: it may have no code, or not be a guard. Ask the principal to name "
                "a contract that implements IGuard, such as a FleetBudget."
            )
        text = GUARD_LIMITS.get(type(self.refusal).__name__)
        return f"{super().__str__()} {self.refusal.filled(text) if text else self.refusal}"

    @property
    def next(self) -> str:
        """That of `refusal`, if there is one."""
        return self.refusal.next if self.refusal else "Ask the principal."

    def with_units(self, **units: Unit | None) -> Self:
        """As for every error; `refusal` counts in the same units."""
        if self.refusal is not None:
            self.refusal.with_units(**units)
        return super().with_units(**units)

    def as_dict(self) -> dict[str, Any]:
        """As for every error, and `refusal`."""
        return {**super().as_dict(), "refusal": self.refusal.as_dict() if self.refusal else None}


class NotEntryPoint(NotAllowed):
    template = "Only the EntryPoint {entry_point} can call this, not {caller}."


class NotPrincipal(NotAllowed):
    template = "Only the principal {principal} can do this, not {caller}."


class NotPendingPrincipal(NotAllowed):
    template = "The wallet is offered to {pending_principal}, not to {caller}."


class NotAgentKey(NotAllowed):
    template = "Only the agent key {agent_key} can do this, not {caller}."


class NotFactory(NotAllowed):
    template = "Only the factory {factory} can do this, not {caller}."


class NotRegistry(NotAllowed):
    template = "Only the registry {registry} can do this, not {caller}."


class NotPrincipalOrGuardian(NotAllowed):
    template = (
        "{account} is neither the principal {principal} nor one of its guardians. Use the account of the principal or of a "
        "guardian."
    )


class NotAuthorized(NotAllowed):
    template = "{caller} is neither the owner of agent {agent_id} nor approved for it."


class NotOwner(NotAllowed):
    template = "{owner} owns agent {agent_id}, not {caller}."


class NotIssuer(NotAllowed):
    template = "Only the issuer {issuer} can do this, not {caller}."


class NotAgentKeyOrPrincipal(NotAllowed):
    template = "Only the agent key {agent_key} or the principal {principal} can do this, not {caller}."


class NotRelayer(NotAllowed):
    template = "Only the relayer {relayer} can relay this action, not {caller}."
