"""The agent asks its principal for what is outside the mandate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from peculium.acting.bound import Bound
from peculium.contract import Event, Receipt
from peculium.errors import InvalidInput, NoFreeSlot, NoMandate, RequestSlotTaken
from peculium.mandate import ZERO_ADDRESS, ZERO_HASH
from peculium.overview.reader import Queue
from peculium.plain import as_plain
from peculium.transports import Transport
from peculium.units import Amount, from_timestamp, to_seconds, to_timestamp, to_uint
from peculium.wallet import CallRequest, CancelRequest, PendingRequest, Request, RequestCall, RequestPayment
from peculium.wallet.requests import request_hash


@dataclass(frozen=True)
class Asked:
    """A request that the agent has made. Pass it to `request_outcome` or `cancel_request`."""

    slot: int
    request: Request | CallRequest
    request_hash: bytes
    """32 bytes."""
    block: int
    """The block in which it was made."""
    transaction: str
    """The transaction's hash (0x hex)."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it for a program."""
        plain: dict[str, Any] = as_plain(self)
        return plain


class RequestOutcome(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    """The principal hasn't decided."""
    APPROVED = "approved"
    """The principal has approved it, and it was done at once."""
    REFUSED = "refused"
    """The principal has refused it."""
    CANCELED = "canceled"
    """The agent has canceled it."""
    REMOVED = "removed"
    """One of the two by a user operation: the event doesn't say by whose."""
    EXPIRED = "expired"
    """Its time is over, so it can't be approved."""
    VOID = "void"
    """The principal has refused everything that was pending, or changed or lifted the mandate."""


class Asking(Bound):
    """Requests of the agent."""

    def request_payment(
        self,
        token: str,
        payee: str,
        amount: Amount,
        ref: bytes | str = ZERO_HASH,
        *,
        expires_at: datetime | int | None = None,
        once: str | None = None,
        via: Transport | None = None,
    ) -> Asked:
        """Asks the principal to approve a payment outside the mandate, in any free slot.

        `expires_at` is the end of the time in which it can be approved (exclusive), by default as late as the mandate allows.
        Raises `NoFreeSlot` if all slots are taken.
        """
        where = self.lookup.token(token), self.lookup.payee(payee)
        return self._ask(lambda end: Request(*where, amount, end, ref), expires_at, once, via)

    def request_call(
        self,
        target: str,
        data: str | bytes,
        *,
        value: Amount = 0,
        pull_token: str = ZERO_ADDRESS,
        pull: Amount = 0,
        min_gas: int = 0,
        ref: bytes | str = ZERO_HASH,
        expires_at: datetime | int | None = None,
        once: str | None = None,
        via: Transport | None = None,
    ) -> Asked:
        """Asks the principal to approve a call outside the mandate; see `CallRequest`. The rest is as for a payment."""
        address, token = self.lookup.payee(target), self.lookup.token(pull_token)
        return self._ask(
            lambda end: CallRequest(address, data, end, value, token, pull, min_gas, ref), expires_at, once, via
        )

    def cancel_request(self, request: Asked | PendingRequest | int, *, via: Transport | None = None) -> Receipt:
        """Withdraws a request of the agent, given by what `request_payment` returned, or by its slot.

        Raises `RequestMismatch` if the slot holds it no more.
        """
        if isinstance(request, Asked | PendingRequest):
            return self.send(CancelRequest(request.slot, request.request_hash), via=via)
        to_uint(request, 8, "The slot of the request")
        slots = self.wallet.request_slots()
        if request >= len(slots) or not slots[request][1]:
            raise InvalidInput(
                f"No request is in slot {request}. Pass what request_payment returned, or a slot of overview()."
            )
        # The wallet keeps 26 bytes of the hash and compares no more.
        return self.send(CancelRequest(request, slots[request][0] + bytes(6)), via=via)

    def request_outcome(self, asked: Asked) -> RequestOutcome:
        """Returns what became of a request."""
        if not isinstance(asked, Asked):
            raise InvalidInput(f"The request is a {type(asked).__name__}. Pass what request_payment returned.")
        queue = self._reader.queue()
        held, asked_at = queue.slots[asked.slot] if asked.slot < len(queue.slots) else (b"", 0)
        decided = self._decision(asked)
        if decided is not None:
            return decided
        if not asked_at or held != asked.request_hash[:26]:
            return RequestOutcome.VOID
        return RequestOutcome.EXPIRED if queue.now >= to_timestamp(asked.request.expires_at) else RequestOutcome.PENDING

    def _decision(self, asked: Asked) -> RequestOutcome | None:
        # The first that came after it: the same can be asked again.
        names = ("PaymentRequested", "CallRequested", "RequestApproved", "CallApproved", "RequestRemoved")
        later = False
        for event in self.wallet.events_of(names, asked.block, "0x" + asked.slot.to_bytes(32).hex()):
            if bytes(event.arguments["requestHash"])[:26] != asked.request_hash[:26]:
                continue
            if not later:
                later = event.transaction == asked.transaction
            elif event.name in ("RequestApproved", "CallApproved"):
                return RequestOutcome.APPROVED
            elif event.name == "RequestRemoved":
                return self._removed(event, asked)
            else:
                # Asked again without a decision: the round of the first has ended.
                return RequestOutcome.VOID
        return None

    def _removed(self, event: Event, asked: Asked) -> RequestOutcome:
        by, block = event.arguments["by"], event.block
        if by in (self.wallet.principal, self.wallet.address):
            return RequestOutcome.REFUSED
        relayed = self.wallet.events("ActionRelayed", block, block)
        if by == self.address or event.transaction in [each.transaction for each in relayed]:
            return RequestOutcome.CANCELED
        # Anyone can remove it after its end; until then only the agent and the principal.
        at = int(self.wallet.node.request("eth_getBlockByNumber", hex(block), False)["timestamp"], 16)
        return RequestOutcome.EXPIRED if at >= to_timestamp(asked.request.expires_at) else RequestOutcome.REMOVED

    def _ask(
        self,
        request_until: Callable[[datetime | int], Request | CallRequest],
        expires_at: datetime | int | None,
        once: str | None,
        via: Transport | None,
    ) -> Asked:
        earlier = self._done_under(once, via)
        if earlier is not None and earlier[0] in ("requestPayment", "requestCall"):
            # A retry: the slot and the end are those of the first time.
            slot, (*_, end) = earlier[1]
            return self._asked(slot, request_until(end if expires_at is None else expires_at), once, via)
        queue = self._reader.queue()
        request = request_until(_end(queue) if expires_at is None else expires_at)
        free = [slot for slot, (_, asked_at) in enumerate(queue.slots) if not asked_at]
        for slot in free:
            try:
                return self._asked(slot, request, once, via)
            except RequestSlotTaken:
                # Another process of the agent was faster.
                continue
        count = len(queue.slots)
        raise NoFreeSlot(
            f"All {count} slots for requests are taken." if count else "The mandate allows no requests.",
            "Wait for the principal, or cancel a request." if count else "Ask the principal for a mandate that does.",
        )

    def _asked(self, slot: int, request: Request | CallRequest, once: str | None, via: Transport | None) -> Asked:
        action = RequestPayment(slot, request) if isinstance(request, Request) else RequestCall(slot, request)
        receipt = self.send(action, once=once, via=via)
        hashed = request_hash(request, self.wallet.token_decimals(request.spends))
        return Asked(slot, request, hashed, receipt.block, receipt.transaction)


def _end(queue: Queue) -> datetime:
    if queue.mandate is None:
        raise NoMandate()
    return from_timestamp(queue.now + to_seconds(queue.mandate.max_request_age))
