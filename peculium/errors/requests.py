"""The request can't be made, approved or removed."""

from __future__ import annotations

from typing import Any

from peculium.errors.contract import InvalidRequest


class InvalidRequestSlot(InvalidRequest):
    template = (
        "The request slot {slot} doesn't exist: the mandate has {slots} slots, numbered from 0. Use one of them; if there is "
        "none, ask the principal for a mandate with max_requests."
    )


class RequestSlotTaken(InvalidRequest):
    template = (
        "The slot {slot} holds the request {request_hash} (hash and time). Use a free slot; see pending_requests."
    )


class InvalidRequestExpiry(InvalidRequest):
    template = (
        "The request would expire at {expires_at:time}. It must expire in the future, at the latest at {latest:time}."
    )


_SLOT_EMPTY = (
    "Slot {slot} is empty: the request was approved, refused or withdrawn before, or never made. Read pending_requests."
)


class RequestMismatch(InvalidRequest):
    template = (
        "Slot {slot} holds {pending}, not {given} (hash and time of a request): another request, or the same made at another "
        "time. Read pending_requests."
    )

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        if self.arguments.get("pending") == bytes(32):
            self.template = _SLOT_EMPTY  # type: ignore[misc]  # of this error only


class RequestExpired(InvalidRequest):
    template = "The request expired at {expires_at:time} (now: {timestamp:time}). The agent can make a new one."


class RequestNotExpired(InvalidRequest):
    template = (
        "The request expires at {expires_at:time} (now: {timestamp:time}). "
        "Until then only the agent or the principal can remove it."
    )
    retryable = True
    retry_from = "expires_at"


class ApprovalRequested(InvalidRequest):
    template = (
        "The requested call of {target} ({selector}) would let somebody else move the wallet's tokens later. "
        "Request a call that pulls what it needs, or ask the principal to make it with execute."
    )
