"""Watching agents: where they stand, what they pay, and rules that raise an alarm or pause them.

A convenience. The limit is the mandate, which the contract enforces whether anybody watches or not.
"""

from peculium.watching.payments import Payment, PaymentKind, last_payments, read_payments
from peculium.watching.standing import Standing, Standings, worst_of

__all__ = ["Payment", "PaymentKind", "Standing", "Standings", "last_payments", "read_payments", "worst_of"]
