"""Payments beyond the mandate, which wait for the principal's approval."""

from __future__ import annotations

from dataclasses import dataclass

from verification.scenarios.model.outcomes import require
from verification.scenarios.model.principal import PrincipalControl
from verification.scenarios.model.registry import NOBODY


@dataclass(frozen=True)
class Request:
    """A payment that the agent asks for, in any token to any payee. The hash identifies it."""

    token: str
    payee: str
    amount: int
    ref: int
    expires_at: int
    hash: bytes

    def as_tuple(self) -> tuple[str, str, int, int, int]:
        """All members without the hash."""
        return self.token, self.payee, self.amount, self.ref, self.expires_at


NOTHING = bytes(32)


class Requests(PrincipalControl):
    """A queue with numbered slots."""

    def request_payment(self, sender: str, slot: int, request: Request, acting: bool = False) -> None:
        """The agent files a request."""
        with self.non_reentrant():
            terms = self.terms_for_agent(sender, acting)
            require(slot < terms.max_requests, "InvalidRequestSlot", slot, terms.max_requests)
            taken = self._pending(slot)
            require(taken == NOTHING, "RequestSlotTaken", slot, taken)
            require(request.amount != 0, "ZeroAmount")
            require(NOBODY not in (request.token, request.payee), "ZeroAddress")
            latest = self.now + terms.max_request_age
            in_time = self.now < request.expires_at <= latest
            require(in_time, "InvalidRequestExpiry", request.expires_at, latest)
            self.requests[self.round, slot] = request.hash
            self.emit("PaymentRequested", slot, request.hash, request)

    def _pending(self, slot: int) -> bytes:
        return self.requests.get((self.round, slot), NOTHING)

    def _take(self, slot: int, request: Request) -> None:
        """Removes the request first, so that it is paid or removed only once (I17)."""
        pending = self._pending(slot)
        require(request.hash == pending, "RequestMismatch", slot, request.hash, pending)
        self.requests.pop((self.round, slot), None)

    def _remove(self, slot: int, request: Request, by: str) -> None:
        self._take(slot, request)
        self.emit("RequestRemoved", slot, request.hash, by)

    def cancel_request(self, sender: str, slot: int, request: Request, acting: bool = False) -> None:
        """The agent cancels a request, stopped or not."""
        self.require_agent(self.terms_in_force(), sender, acting)
        self._remove(slot, request, sender)

    def expire_request(self, sender: str, slot: int, request: Request) -> None:
        """Anyone removes an expired request."""
        require(self.now >= request.expires_at, "RequestNotExpired", request.expires_at, self.now)
        self._remove(slot, request, sender)

    def refuse_request(self, sender: str, slot: int, request: Request) -> None:
        """The principal refuses a request."""
        self.require_principal(sender)
        self._remove(slot, request, sender)

    def refuse_all(self, sender: str) -> None:
        """Refuses all pending requests in one write (I24)."""
        self.require_principal(sender)
        self.emit("AllRefused", self.round)
        self.round += 1

    def approve_request(self, sender: str, slot: int, request: Request) -> None:
        """The principal approves a request, which is paid at once and counts toward no limit."""
        self.require_principal(sender)
        with self.non_reentrant():
            self._approve(slot, request)

    def approve_request_signed(
        self, slot: int, request: Request, nonce: int, deadline: int, signed: bool, digest: bytes
    ) -> None:
        """Approves a request by the principal's signature."""
        with self.non_reentrant():
            self.require_deadline(deadline)
            self.spend_nonce(nonce)
            require(signed, "BadPrincipalSignature", self.principal, digest)
            self._approve(slot, request)

    def _approve(self, slot: int, request: Request) -> None:
        self._take(slot, request)
        require(self.now < request.expires_at, "RequestExpired", request.expires_at, self.now)
        terms = self.terms_in_force()
        self.require_valid(terms)
        self.require_live(terms)
        self.emit("RequestApproved", slot, request.hash, request)
        self.pay_out(terms, request.token, request.payee, request.amount)
