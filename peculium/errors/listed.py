"""The mandate lists something else, or isn't in force."""

from __future__ import annotations

from peculium.errors.contract import MandateInactive, NotListed


class TokenNotListed(NotListed):
    template = "The mandate doesn't list the token {token}. Pay in a listed token, or ask the principal to list it."


class PayeeNotListed(NotListed):
    template = "The budget of the token {token} doesn't list the payee {payee}. Ask the principal to list it."


class PayeeExpired(NotListed):
    template = "The payee {payee} expired at {valid_until:time} (now: {timestamp:time}). Ask the principal."


class CurrencyNotBudgeted(NotListed):
    template = "The mandate has no budget in {currency!x}. Use a currency of the mandate's budgets."


class NoMandate(MandateInactive):
    template = "No mandate is in force for the wallet. Ask the principal to install one."


class MandateNotYetValid(MandateInactive):
    template = "The mandate begins at {valid_from:time} (now: {timestamp:time}). Try again then."
    retryable = True
    retry_from = "valid_from"


class MandateExpired(MandateInactive):
    template = (
        "The mandate ended at {valid_until:time} (now: {timestamp:time}). Ask the principal to install a new one."
    )


class MandateChanged(MandateInactive):
    template = (
        "The principal changed the mandate during the action, so the action was rolled back. "
        "Read the new mandate and try again."
    )
    retryable = True


class MandateNotInForce(MandateInactive):
    template = "The wallet {wallet} doesn't enforce the mandate {mandate_hash}. Install it in the wallet first."


class NoFleetBudget(NotListed):
    template = (
        "The fleet has no budget in {currency!x}. Its principal sets one with FleetBudget.set_budget, under the name that the "
        "mandate uses."
    )
