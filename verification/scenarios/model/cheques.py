"""Cheques: EIP-3009 authorizations that the agent key signs off chain, within an amount reserved for them (I29)."""

from __future__ import annotations

from dataclasses import dataclass

from verification.scenarios.model.authorizations import Authorization, Authorizations
from verification.scenarios.model.charging import MAX_AMOUNT
from verification.scenarios.model.terms import Budget, Terms


@dataclass(frozen=True)
class Cheque(Authorization):
    """A cheque of a wallet. Its nonce is derived from mandate, period and slot."""

    slot: int
    """Index of the cheque within its period."""
    mandate: bytes
    period: int
    """Unix seconds divided by the book's period, as used in the nonce."""
    signed: bool
    """Whether the agent key of the mandate in force signed it."""


class Cheques(Authorizations):
    """Adds cheques to a wallet. The token's record of used nonces counts them; the wallet stores nothing."""

    def is_valid_cheque(self, cheque: Cheque) -> bool:
        """Whether `isValidSignature` accepts the cheque now."""
        terms = self.acting_terms()
        if terms is None:
            return False
        book, budget = terms.book_in(cheque.token), terms.budget_of(cheque.token)
        if book is None or budget is None or not cheque.signed:
            return False
        period = self.now // book.period
        return (
            (cheque.mandate, cheque.period) == (terms.hash, period)
            and cheque.slot < book.cheques
            and (cheque.valid_before - 1) // book.period == period
            and cheque.amount <= MAX_AMOUNT
            and budget.charge(cheque.token, cheque.amount) <= book.limit
            and self._has_room(terms, budget)
            and self._may_receive(terms, budget, cheque.payee)
        )

    def _may_receive(self, terms: Terms, budget: Budget, payee: str) -> bool:
        """Whether a cheque may pay this payee: a listed one without terms of its own, or a stranger if the book says so."""
        if payee in budget.payees:
            return True
        to_strangers = budget.book is not None and budget.book.strangers and self.is_stranger(terms, budget, payee)
        counted = self.stranger_ledgers[budget.currency].counted(0, self.now) if to_strangers else 0
        return to_strangers and counted <= budget.stranger_limit()

    def _has_room(self, terms: Terms, budget: Budget) -> bool:
        """Whether the ledger leaves the reserved amount free.

        Only spending under an earlier mandate can violate this.
        """
        ledger = self.ledgers[budget.currency]
        windows = all(ledger.counted(i, self.now) <= limit for i, limit in enumerate(budget.limits()))
        return windows and ledger.lifetime() <= terms.lifetime_limit(budget)

    def cash(self, cheque: Cheque) -> None:
        """Submits a cheque to the token, which asks the wallet. Anyone may."""
        self.submit("stranger", cheque, False, self.is_valid_cheque(cheque))

    def cheques_of(self, token: str) -> list[tuple[bytes, int, int]]:
        """Mandate, period and slot of every cheque of the current period."""
        terms = self.terms_in_force()
        book = terms.book_in(token)
        return [(terms.hash, self.now // book.period, slot) for slot in range(book.cheques)] if book else []
