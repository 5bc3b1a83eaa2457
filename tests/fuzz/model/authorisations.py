"""Payments that someone else settles later: charged first, held in the ledger until it is known what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fuzz.model.calls import Calls
from tests.fuzz.model.rules import Refused, require
from tests.fuzz.model.terms import NATIVE


@dataclass(frozen=True)
class Authorisation:
    """An authorisation (EIP-3009) of a payment from a wallet. Its digest is a name for it."""

    token: str
    payee: str
    amount: int
    valid_after: int
    """Exclusive."""
    valid_before: int
    """Exclusive."""
    nonce: int
    digest: bytes


class Authorisations(Calls):
    """What is authorised counts at every moment as if charged just now."""

    def preauthorise(self, sender: str, authorisation: Authorisation, ref: int, acting: bool = False) -> None:
        """Charges a payment, and makes exactly that one valid."""
        with self.alone():
            terms = self.terms_for_agent(sender, acting)
            token, end = authorisation.token, authorisation.valid_before
            require(token != NATIVE, "NotAuthorisable", token)
            in_time = self.now < end <= terms.valid_until
            require(in_time, "AuthorisationEndRefused", end, self.now, terms.valid_until)
            budget, charge = self.charge_payment(terms, token, authorisation.payee, authorisation.amount)
            key = budget.currency, authorisation
            require(key not in self.authorised, "AuthorisationKnown", authorisation.digest)
            self.ledgers[budget.currency].hold(self.now, charge)
            self.authorised[key] = charge, end, self.round
            self.emit(
                "PaymentAuthorised",
                token,
                authorisation.payee,
                ref,
                authorisation.digest,
                authorisation.nonce,
                authorisation.amount,
                charge,
                end,
            )

    def close_authorisation(self, currency: str, authorisation: Authorisation) -> None:
        """Anyone tells the ledger what became of it."""
        with self.alone():
            key = currency, authorisation
            if key not in self.authorised:
                raise Refused("AuthorisationUnknown", authorisation.digest)
            charge, end, round_ = self.authorised[key]
            over = self.is_over(end, round_)
            settled = self.was_settled(authorisation, over)
            require(settled or over, "AuthorisationOpen", authorisation.digest, end, self.now)
            del self.authorised[key]
            ledger = self.ledgers[currency]
            if settled:
                ledger.settle(self.now, charge)
            else:
                ledger.give_back(charge)
            self.emit("AuthorisationClosed", authorisation.digest, charge, settled)

    def is_over(self, end: int, round_: int) -> bool:
        """Whether it can't be settled any more."""
        return round_ != self.round or self.now >= end

    def was_settled(self, authorisation: Authorisation, over: bool) -> bool:
        """Whether its token has seen it. What one without EIP-3009 doesn't tell may have happened, once it can't happen any more."""
        if authorisation.token != "usdc":
            return over
        return (self.name, authorisation.nonce) in self.suite.bank.used

    def vouches_for(self, authorisation: Authorisation) -> bool:
        """Whether the wallet tells a token that it has signed this: for a live agent only (I8)."""
        terms = self.acting_terms()
        held = [self.authorised.get((budget.currency, authorisation)) for budget in terms.budgets] if terms else []
        return any(found and found[2] == self.round and self.now < found[1] for found in held)

    def settle(self, authorisation: Authorisation) -> None:
        """Anyone submits it to the token."""
        self.submit(authorisation, self.vouches_for(authorisation))

    def submit(self, authorisation: Authorisation, good: bool) -> None:
        """The token asks the wallet whether it is good."""
        self.suite.bank.settle(
            self.name,
            authorisation.payee,
            authorisation.amount,
            authorisation.valid_after,
            authorisation.valid_before,
            authorisation.nonce,
            good,
            self.now,
        )
