"""Preauthorized payments (EIP-3009): charged when the agent signs off, pending in the ledger until settled or released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verification.scenarios.model.calls import Calls
from verification.scenarios.model.charging import LIMITED, STRANGER
from verification.scenarios.model.gas import FOREVER
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.outcomes import Hashed, Refused, require
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.terms import NATIVE, Terms


@dataclass(frozen=True)
class Authorization:
    """An EIP-3009 authorization of a payment from a wallet. The digest identifies it."""

    by_payee: bool
    """Whether only the payee can settle it."""
    token: str
    payee: str
    amount: int
    valid_after: int
    """Exclusive."""
    valid_before: int
    """Exclusive."""
    nonce: int
    digest: bytes


class Authorizations(Calls):
    """Adds preauthorized payments to a wallet."""

    def preauthorize(self, sender: str, authorization: Authorization, ref: int, acting: bool = False) -> None:
        """Charges a payment and makes this one authorization valid."""
        with self.non_reentrant():
            terms = self.terms_for_agent(sender, acting)
            token, end = authorization.token, authorization.valid_before
            require(token != NATIVE, "NotAuthorizable", token)
            latest = self._latest_end(terms, token, authorization.payee)
            require(self.now < end <= latest, "InvalidAuthorizationEnd", end, self.now, latest)
            # The token must be able to tell later whether it was settled, and must still accept it.
            used = self.was_used(authorization)
            require(used is not None, "AuthorizationStateUnreadable", token)
            require(not used, "AuthorizationUsed", token, authorization.nonce)
            payee, amount = authorization.payee, authorization.amount
            budget, charge, kind = self.charge_payment(terms, token, payee, amount, ref, pending=True)
            key = budget.currency, authorization
            require(key not in self.authorized, "AuthorizationKnown", authorization.digest)
            for ledger in self.ledgers_of(budget.currency, kind):
                ledger.hold(self.now, charge)
            self.authorized[key] = charge, end, self.round, kind, terms.guard
            currency = Hashed(budget.currency)
            what = token, payee, ref, currency, authorization.digest, charge, authorization
            self.emit("PaymentAuthorized", *what)

    def _latest_end(self, terms: Terms, token: str, payee: str) -> int:
        """The latest end: of the mandate, of the longest validity, and of the payee's own terms if they haven't ended."""
        budget = terms.budget_of(token)
        own = budget.limited[payee][1] if budget and payee in budget.limited else FOREVER
        return min(terms.valid_until, self.now + terms.max_authorization_age, own if self.now < own else FOREVER)

    def close_authorizations(self, currency: str, authorizations: Sequence[Authorization]) -> None:
        """Records whether authorizations were settled. Anyone may call it."""
        with self.non_reentrant():
            closed = [self._close(currency, authorization) for authorization in authorizations]
            for guard, charge, settled in closed:
                if guard != NOBODY:
                    self.notify_guard(guard, currency, charge, settled)

    def notify_guard(self, guard: str, currency: str, charge: int, settled: bool) -> None:
        """Tells the guard that agreed to an authorization. Its answer is ignored."""
        try:
            self.suite.guards[guard].on_close(self.name, currency, charge, settled)
            self.suite.branches.append("guard_heard_settled" if settled else "guard_heard_released")
        except Refused as reason:
            self.suite.branches.append(f"guard_heard_{reason.error}")

    def _close(self, currency: str, authorization: Authorization) -> tuple[str, int, bool]:
        """Returns the guard that agreed, the charge, and whether it was settled."""
        key = currency, authorization
        if key not in self.authorized:
            raise Refused("AuthorizationUnknown", authorization.digest)
        charge, end, round_, kind, guard = self.authorized.pop(key)
        settled = bool(self.was_used(authorization))
        over = self.is_over(end, round_)
        require(settled or over, "AuthorizationOpen", authorization.digest, end, self.now)
        for ledger in self.ledgers_of(currency, kind):
            if settled:
                ledger.settle(self.now, charge)
            else:
                ledger.release(charge)
        if kind == LIMITED and not settled:
            self.give_back(currency, authorization.payee, charge)
        self.emit("AuthorizationClosed", authorization.digest, charge, settled)
        return guard, charge, settled

    def give_back(self, currency: str, payee: str, charge: int) -> None:
        """A released charge no longer counts against the payee's own limit."""
        self.paid_to[currency, payee] -= charge

    def ledgers_of(self, currency: str, kind: str) -> list[Ledger]:
        """The ledgers that count a payment to this kind of payee."""
        return [self.ledgers[currency], *([self.stranger_ledgers[currency]] if kind == STRANGER else [])]

    def is_over(self, end: int, round_: int) -> bool:
        """Whether an authorization can no longer be settled."""
        return round_ != self.round or self.now >= end

    def was_used(self, authorization: Authorization) -> bool | None:
        """Whether the token reports the nonce as used; None if it doesn't report that."""
        return self.suite.bank.was_used(authorization.token, self.name, authorization.nonce)

    def confirms(self, authorization: Authorization) -> bool:
        """Whether `isValidSignature` accepts the authorization: only for a live agent (I8)."""
        terms = self.acting_terms()
        held = [self.authorized.get((budget.currency, authorization)) for budget in terms.budgets] if terms else []
        return any(found and found[2] == self.round and self.now < found[1] for found in held)

    def settle(self, sender: str, authorization: Authorization) -> None:
        """Submits an authorization to the token."""
        self.submit(sender, authorization, authorization.by_payee, self.confirms(authorization))

    def submit(self, sender: str, authorization: Authorization, by_payee: bool, good: bool) -> None:
        """Submits a transfer to the token, which asks the wallet whether the signature is valid."""
        self.suite.bank.settle(
            self.name,
            authorization.payee,
            authorization.amount,
            authorization.valid_after,
            authorization.valid_before,
            authorization.nonce,
            good,
            self.now,
            sender if by_payee else None,
        )
