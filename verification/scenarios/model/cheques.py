"""Cheques: authorizations (EIP-3009) that the agent key has signed off the chain, within what was set aside for them (I29)."""

from __future__ import annotations

from dataclasses import dataclass

from verification.scenarios.model.authorizations import Authorization, Authorizations
from verification.scenarios.model.charging import MAX_AMOUNT
from verification.scenarios.model.terms import Budget, Terms


@dataclass(frozen=True)
class Cheque(Authorization):
    """A cheque of a wallet. Its nonce is a name for it, as good for one mandate, period and slot."""

    slot: int
    """Which cheque of its period, from zero."""
    mandate: bytes
    period: int
    """Unix seconds divided by the book's period: what the nonce was made for, with the mandate and the slot."""
    signed: bool
    """By the agent key of the mandate in force."""


class Cheques(Authorizations):
    """The token's own record of nonces is the counter. Nothing is written here."""

    def is_good(self, cheque: Cheque) -> bool:
        """Whether the wallet stands by it now."""
        terms = self.acting_terms()
        if terms is None:
            return False
        book, budget = terms.book_in(cheque.token), terms.budget_of(cheque.token)
        if book is None or budget is None or not cheque.signed:
            return False
        period = self.now // book.period
        return (
            (cheque.mandate, cheque.period) == (terms.hash, period)
            and cheque.slot < book.count
            and (cheque.valid_before - 1) // book.period == period
            and cheque.amount <= MAX_AMOUNT
            and budget.charge(cheque.token, cheque.amount) <= book.limit
            and self.is_free_payee(terms, budget, cheque.payee)
            and self._has_room(terms, budget)
        )

    def _has_room(self, terms: Terms, budget: Budget) -> bool:
        """Whether what is counted leaves what was set aside: only what an earlier mandate has spent may not."""
        ledger = self.ledgers[budget.currency]
        windows = all(ledger.counted(i, self.now) <= limit for i, limit in enumerate(budget.limits()))
        return windows and ledger.lifetime() <= terms.lifetime_limit(budget)

    def cash(self, cheque: Cheque) -> None:
        """Anyone submits it to the token, which asks the wallet."""
        self.submit(cheque, self.is_good(cheque))

    def cheques_of(self, token: str) -> list[tuple[bytes, int, int]]:
        """Mandate, period and slot of every cheque of this period, used or not."""
        terms = self.terms_in_force()
        book = terms.book_in(token)
        return [(terms.hash, self.now // book.period, slot) for slot in range(book.count)] if book else []
