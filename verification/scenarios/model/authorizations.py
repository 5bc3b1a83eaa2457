"""Preauthorized payments (EIP-3009): charged when the agent signs off, pending in the ledger until settled or released."""

from __future__ import annotations

from dataclasses import dataclass

from verification.scenarios.model.calls import Calls
from verification.scenarios.model.outcomes import Refused, require
from verification.scenarios.model.terms import NATIVE


@dataclass(frozen=True)
class Authorization:
    """An EIP-3009 authorization of a payment from a wallet. The digest identifies it."""

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
            in_time = self.now < end <= terms.valid_until
            require(in_time, "InvalidAuthorizationEnd", end, self.now, terms.valid_until)
            budget, charge = self.charge_payment(terms, token, authorization.payee, authorization.amount)
            key = budget.currency, authorization
            require(key not in self.authorized, "AuthorizationKnown", authorization.digest)
            self.ledgers[budget.currency].hold(self.now, charge)
            self.authorized[key] = charge, end, self.round
            self.emit(
                "PaymentAuthorized",
                token,
                authorization.payee,
                ref,
                authorization.digest,
                authorization.nonce,
                authorization.amount,
                charge,
                end,
            )

    def close_authorization(self, currency: str, authorization: Authorization) -> None:
        """Records whether an authorization was settled. Anyone may call it."""
        with self.non_reentrant():
            key = currency, authorization
            if key not in self.authorized:
                raise Refused("AuthorizationUnknown", authorization.digest)
            charge, end, round_ = self.authorized[key]
            over = self.is_over(end, round_)
            settled = self.was_settled(authorization, over)
            require(settled or over, "AuthorizationOpen", authorization.digest, end, self.now)
            del self.authorized[key]
            ledger = self.ledgers[currency]
            if settled:
                ledger.settle(self.now, charge)
            else:
                ledger.release(charge)
            self.emit("AuthorizationClosed", authorization.digest, charge, settled)

    def is_over(self, end: int, round_: int) -> bool:
        """Whether an authorization can no longer be settled."""
        return round_ != self.round or self.now >= end

    def was_settled(self, authorization: Authorization, over: bool) -> bool:
        """Whether the token has used the nonce.

        A token without EIP-3009 can't tell; its authorizations count as settled once they are over.
        """
        if authorization.token != "usdc":
            return over
        return (self.name, authorization.nonce) in self.suite.bank.used

    def confirms(self, authorization: Authorization) -> bool:
        """Whether `isValidSignature` accepts the authorization: only for a live agent (I8)."""
        terms = self.acting_terms()
        held = [self.authorized.get((budget.currency, authorization)) for budget in terms.budgets] if terms else []
        return any(found and found[2] == self.round and self.now < found[1] for found in held)

    def settle(self, authorization: Authorization) -> None:
        """Submits an authorization to the token. Anyone may."""
        self.submit(authorization, self.confirms(authorization))

    def submit(self, authorization: Authorization, good: bool) -> None:
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
        )
