"""Payments by the agent to listed payees in listed tokens, within every limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verification.scenarios.model.charging import Charging
from verification.scenarios.model.outcomes import require
from verification.scenarios.model.terms import Terms

MAX_BATCH = 100


@dataclass(frozen=True)
class Payment:
    """A payment: token, payee, amount (token base units) and reference."""

    token: str
    payee: str
    amount: int
    ref: int


class Payments(Charging):
    """Adds `pay` and `payBatch` to a wallet."""

    def pay(self, sender: str, payment: Payment, acting: bool = False) -> None:
        """Makes one payment."""
        with self.non_reentrant():
            self.pay_one(self.terms_for_agent(sender, acting), payment)

    def pay_batch(self, sender: str, payments: Sequence[Payment], acting: bool = False) -> None:
        """Makes several payments, all or none."""
        with self.non_reentrant():
            require(1 <= len(payments) <= MAX_BATCH, "InvalidBatchSize", len(payments), MAX_BATCH)
            terms = self.terms_for_agent(sender, acting)
            for payment in payments:
                self.pay_one(terms, payment)
            self.require_still_live(terms)

    def pay_one(self, terms: Terms, payment: Payment) -> None:
        """Charges, then pays."""
        token, payee, amount = payment.token, payment.payee, payment.amount
        _, charge, _ = self.charge_payment(terms, token, payee, amount, payment.ref)
        self.emit("PaymentMade", token, payee, payment.ref, amount, charge)
        self.pay_out(terms, token, payee, amount)
