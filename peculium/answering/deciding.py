"""Requests of agents, and the principal's decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peculium.answering.bound import Bound
from peculium.contract import Receipt
from peculium.errors import InvalidInput
from peculium.plain import as_plain
from peculium.units import to_uint
from peculium.wallet import PendingRequest


@dataclass(frozen=True)
class Decision:
    """A decided request."""

    approved: bool
    request: PendingRequest
    receipt: Receipt

    def as_dict(self) -> dict[str, Any]:
        """Returns the decision, the request and the transaction."""
        found: dict[str, Any] = as_plain({"approved": self.approved, "request": self.request})
        return {**found, "transaction": self.receipt.transaction, "block": self.receipt.block}

    def __str__(self) -> str:
        what = "Approved and done" if self.approved else "Refused"
        return f"{what} in block {self.receipt.block}, transaction {self.receipt.transaction}. {self.request}"


class Deciding(Bound):
    """What the mandate doesn't allow waits here."""

    def requests(self, wallet: str) -> list[PendingRequest]:
        """Returns the requests of an agent that wait for a decision, by slot."""
        return self.wallet(wallet).pending_requests()

    def approve(self, wallet: str, request: PendingRequest | int) -> Decision:
        """Approves a request, and pays it or makes its call in the same transaction.

        `request` is one of `requests`, or its slot. With a slot, what waits there now is approved: read it before. Raises
        `InvalidInput` if it is no longer there, `RequestExpired` if its time has passed, and what the payment itself raises.
        """
        bound = self.wallet(wallet)
        pending = _waiting(bound.pending_requests(), request)
        receipt = bound.approve_request(self.account, pending.slot, pending.request, pending.asked_at)
        return Decision(True, pending, receipt)

    def refuse(self, wallet: str, request: PendingRequest | int) -> Decision:
        """Refuses a request and frees its slot. `request` is one of `requests`, or its slot."""
        bound = self.wallet(wallet)
        pending = _waiting(bound.pending_requests(), request)
        return Decision(False, pending, bound.refuse_request(self.account, pending.slot, pending.request_hash))

    def refuse_all(self, wallet: str) -> Receipt:
        """Ends the round: voids all requests, unsettled authorizations and signed mandates of the wallet."""
        return self.wallet(wallet).refuse_all(self.account)


def _waiting(pending: list[PendingRequest], wanted: PendingRequest | int) -> PendingRequest:
    if isinstance(wanted, PendingRequest):
        if wanted in pending:
            return wanted
        raise InvalidInput(
            f"The request in slot {wanted.slot} isn't pending any more: it was decided, canceled, or has ended with its round. "
            "Read the requests again."
        )
    slot = to_uint(wanted, 8, "request")
    found = next((each for each in pending if each.slot == slot), None)
    if found is None:
        slots = ", ".join(str(each.slot) for each in pending) or "none"
        raise InvalidInput(f"No request waits in slot {slot}. Slots with a request: {slots}.")
    return found
