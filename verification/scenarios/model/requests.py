"""Payments and calls beyond the mandate, which wait for the principal's approval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verification.scenarios.model.calls import Call, Calls
from verification.scenarios.model.mandate_check import FORBIDDEN, FORWARDERS
from verification.scenarios.model.outcomes import require
from verification.scenarios.model.principal import PrincipalControl
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.terms import NATIVE, Terms

NOTHING = bytes(32)
APPROVALS = ("approve", "setApprovalForAll")
"""Functions with which tokens let others move them, as far as scenarios call them."""
KEPT = 26
"""How many bytes of a request's hash its slot keeps."""


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


@dataclass(frozen=True)
class CallRequest:
    """A call that the agent asks for. The hash identifies it."""

    call: Call
    pull_token: str
    """The token that the target may pull, of which `call` says how much."""
    min_gas: int
    """The least gas that must be available for the call."""
    expires_at: int
    hash: bytes

    def as_tuple(self) -> tuple[str, int, bytes, str, int, int, int, int]:
        """All members without the hash."""
        call = self.call
        return (
            call.target,
            call.value,
            call.data,
            self.pull_token,
            call.pull,
            self.min_gas,
            call.ref,
            self.expires_at,
        )


def kept(hash_: bytes, asked_at: int) -> bytes:
    """What a slot holds: part of the request's hash, and when it was asked (unix seconds)."""
    return hash_[:KEPT] + asked_at.to_bytes(6)


class Requests(PrincipalControl, Calls):
    """A queue with numbered slots."""

    # The agent asks

    def request_payment(self, sender: str, slot: int, request: Request, acting: bool = False) -> None:
        """The agent files a request for a payment."""
        with self.non_reentrant():
            terms = self.terms_for_agent(sender, acting)
            require(request.amount != 0, "ZeroAmount")
            require(NOBODY not in (request.token, request.payee), "ZeroAddress")
            self._put(terms, slot, request.hash, request.expires_at)
            self.emit("PaymentRequested", slot, request.hash, self.round, self.now, request)

    def request_call(self, sender: str, slot: int, request: CallRequest, acting: bool = False) -> None:
        """The agent files a request for a call."""
        with self.non_reentrant():
            terms = self.terms_for_agent(sender, acting)
            self._require_target(terms, request)
            self._put(terms, slot, request.hash, request.expires_at)
            self.emit("CallRequested", slot, request.hash, self.round, self.now, request)

    def _require_target(self, terms: Terms, request: CallRequest) -> None:
        """Refuses targets that a rule could not name either. They would act for others, or move tokens uncounted."""
        target, selector, directory = request.call.target, request.call.data[:4], self.suite.directory
        never = (*FORBIDDEN, *FORWARDERS, self.name, terms.guard, request.pull_token)
        forbidden = target in never or terms.lists(target)
        # The wallet calls what it lets a target pull, and must not call its guard so.
        pulled = request.pull_token == terms.guard != NOBODY
        require(directory.has_code(target) and not forbidden and not pulled, "TargetRefused", target)
        # It would let somebody else move tokens later, which a person can't bound by approving once.
        require(request.call.function not in APPROVALS, "ApprovalRequested", target, selector)
        directory.require_not_reserved(target, selector)
        require(request.call.pull == 0 or request.pull_token != NATIVE, "TokenNotListed", NATIVE)

    def _put(self, terms: Terms, slot: int, hash_: bytes, expires_at: int) -> None:
        require(slot < terms.max_requests, "InvalidRequestSlot", slot, terms.max_requests)
        taken = self.pending(slot)
        require(taken == NOTHING, "RequestSlotTaken", slot, taken)
        latest = self.now + terms.max_request_age
        require(self.now < expires_at <= latest, "InvalidRequestExpiry", expires_at, latest)
        self.requests[self.round, slot] = kept(hash_, self.now)

    # Remove

    def pending(self, slot: int) -> bytes:
        """What a slot holds in this round (I31)."""
        return self.requests.get((self.round, slot), NOTHING)

    def _remove(self, slot: int, hash_: bytes, by: str) -> None:
        pending = self.pending(slot)
        same = pending != NOTHING and pending[:KEPT] == hash_[:KEPT]
        require(same, "RequestMismatch", slot, kept(hash_, 0), pending)
        del self.requests[self.round, slot]
        self.emit("RequestRemoved", slot, hash_, by)

    def cancel_request(self, sender: str, slot: int, hash_: bytes, acting: bool = False) -> None:
        """The agent cancels a request, stopped or not."""
        self.require_agent(self.terms_in_force(), sender, acting)
        self._remove(slot, hash_, sender)

    def expire_request(self, sender: str, slot: int, request: Request | CallRequest) -> None:
        """Anyone removes an expired request."""
        require(self.now >= request.expires_at, "RequestNotExpired", request.expires_at, self.now)
        self._remove(slot, request.hash, sender)

    def refuse_request(self, sender: str, slot: int, hash_: bytes) -> None:
        """The principal refuses a request."""
        self.require_principal(sender)
        self._remove(slot, hash_, sender)

    def refuse_all(self, sender: str) -> None:
        """Ends the round: refuses all pending requests in one write (I24), and everything else of this round (I31)."""
        self.require_principal(sender)
        self.emit("AllRefused", self.round)
        self.end_round()

    # Approve

    def approve_request(self, sender: str, slot: int, request: Request | CallRequest, asked_at: int) -> None:
        """The principal approves a request, which is executed at once and counts toward no limit."""
        self.require_principal(sender)
        with self.non_reentrant():
            self._approve(slot, request, asked_at)

    def approve_request_signed(
        self,
        slot: int,
        request: Request | CallRequest,
        asked_at: int,
        nonce: int,
        deadline: int,
        signature: Callable[[int], tuple[bool, bytes]],
    ) -> None:
        """Approves a request by the principal's signature.

        `signature` takes the round, and returns whether it is valid for it, and the digest.
        """
        with self.non_reentrant():
            self.require_deadline(deadline)
            self.spend_nonce(nonce)
            signed, digest = signature(self.round)
            require(signed, "BadPrincipalSignature", self.principal, digest)
            self._approve(slot, request, asked_at)

    def _take(self, slot: int, hash_: bytes, asked_at: int) -> None:
        """Removes the request first, so that it is executed or removed only once (I17)."""
        pending, given = self.pending(slot), kept(hash_, asked_at)
        require(given == pending, "RequestMismatch", slot, given, pending)
        self.requests.pop((self.round, slot), None)

    def _approve(self, slot: int, request: Request | CallRequest, asked_at: int) -> None:
        self._take(slot, request.hash, asked_at)
        require(self.now < request.expires_at, "RequestExpired", request.expires_at, self.now)
        terms = self.terms_in_force()
        self.require_valid(terms)
        self.require_live(terms)
        if isinstance(request, Request):
            self.emit("RequestApproved", slot, request.hash, request)
            return self.pay_out(terms, request.token, request.payee, request.amount)
        self._require_target(terms, request)
        self.emit("CallApproved", slot, request.hash, request)
        self.call_target(terms, request.call, request.pull_token, request.min_gas)
        return self.require_still_live(terms)
