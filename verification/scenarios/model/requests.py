"""What is beyond the mandate waits for the principal."""

from __future__ import annotations

from dataclasses import dataclass

from verification.scenarios.model.principal import PrincipalControl
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.rules import require


@dataclass(frozen=True)
class Request:
    """A payment that the agent asks for: any token, any payee. Its hash is a name for it."""

    token: str
    payee: str
    amount: int
    ref: int
    expires_at: int
    hash: bytes

    def as_tuple(self) -> tuple[str, str, int, int, int]:
        """Without its hash."""
        return self.token, self.payee, self.amount, self.ref, self.expires_at


NOTHING = bytes(32)


class Requests(PrincipalControl):
    """A queue of numbered slots."""

    def request_payment(self, sender: str, slot: int, request: Request, acting: bool = False) -> None:
        """The agent asks."""
        with self.alone():
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
        pending: bytes = self.requests.get((self.round, slot), NOTHING)
        return pending

    def _take(self, slot: int, request: Request) -> None:
        """Off the queue first, so that it is paid, or removed, once (I17)."""
        pending = self._pending(slot)
        require(request.hash == pending, "RequestMismatch", slot, request.hash, pending)
        self.requests.pop((self.round, slot), None)

    def _remove(self, slot: int, request: Request, by: str) -> None:
        self._take(slot, request)
        self.emit("RequestRemoved", slot, request.hash, by)

    def cancel_request(self, sender: str, slot: int, request: Request, acting: bool = False) -> None:
        """The agent takes it back, stopped or not."""
        self.require_agent(self.terms_in_force(), sender, acting)
        self._remove(slot, request, sender)

    def expire_request(self, sender: str, slot: int, request: Request) -> None:
        """Anyone clears what has expired."""
        require(self.now >= request.expires_at, "RequestNotExpired", request.expires_at, self.now)
        self._remove(slot, request, sender)

    def refuse_request(self, sender: str, slot: int, request: Request) -> None:
        """The principal says no."""
        self.require_principal(sender)
        self._remove(slot, request, sender)

    def refuse_all(self, sender: str) -> None:
        """No to everything that is pending, in one write (I24)."""
        self.require_principal(sender)
        self.emit("AllRefused", self.round)
        self.round += 1

    def approve_request(self, sender: str, slot: int, request: Request) -> None:
        """The principal says yes; it is paid at once. It counts toward no limit."""
        self.require_principal(sender)
        with self.alone():
            self._approve(slot, request)

    def approve_request_signed(
        self, slot: int, request: Request, nonce: int, deadline: int, signed: bool, digest: bytes
    ) -> None:
        """The same by signature."""
        with self.alone():
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
