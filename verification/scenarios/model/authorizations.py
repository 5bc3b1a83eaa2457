"""Payments that someone else settles later: charged first, held in the ledger until it is known what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from verification.scenarios.model.calls import Calls
from verification.scenarios.model.rules import Refused, require
from verification.scenarios.model.terms import NATIVE


@dataclass(frozen=True)
class Authorization:
    """An authorization (EIP-3009) of a payment from a wallet. Its digest is a name for it."""

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
    """What is authorized counts at every moment as if charged just now."""

    def preauthorize(self, sender: str, authorization: Authorization, ref: int, acting: bool = False) -> None:
        """Charges a payment, and makes exactly that one valid."""
        with self.alone():
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
        """Anyone tells the ledger what became of it."""
        with self.alone():
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
        """Whether it can't be settled any more."""
        return round_ != self.round or self.now >= end

    def was_settled(self, authorization: Authorization, over: bool) -> bool:
        """Whether its token has seen it. What one without EIP-3009 doesn't tell may have happened, once it can't happen any more."""
        if authorization.token != "usdc":
            return over
        return (self.name, authorization.nonce) in self.suite.bank.used

    def vouches_for(self, authorization: Authorization) -> bool:
        """Whether the wallet tells a token that it has signed this: for a live agent only (I8)."""
        terms = self.acting_terms()
        held = [self.authorized.get((budget.currency, authorization)) for budget in terms.budgets] if terms else []
        return any(found and found[2] == self.round and self.now < found[1] for found in held)

    def settle(self, authorization: Authorization) -> None:
        """Anyone submits it to the token."""
        self.submit(authorization, self.vouches_for(authorization))

    def submit(self, authorization: Authorization, good: bool) -> None:
        """The token asks the wallet whether it is good."""
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
