"""The amount is above a limit."""

from __future__ import annotations

from peculium.errors.contract import OverLimit
from peculium.errors.money import Parts


class PaymentLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge:budget}; the limit per payment is {limit:budget}. Pay less, or ask the principal."
    )
    parts = Parts(amount="charge", limit="limit")


class WindowLimitExceeded(OverLimit):
    template = (
        "The charge is {charge:budget}; {remaining:budget} remains in the rolling window of {length:duration}. "
        "Wait until more is available, or ask the principal."
    )
    parts = Parts(amount="charge", left="remaining")
    retryable = True


class StrangerWindowLimitExceeded(OverLimit):
    template = (
        "The charge is {charge:budget}; {remaining:budget} remains for strangers in their rolling window of {length:duration}. "
        "Wait until more is available, or ask the principal to list the payee."
    )
    parts = Parts(amount="charge", left="remaining")
    retryable = True


class LifetimeLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge:budget}; {remaining:budget} remains of the lifetime limit. "
        "Ask the principal for a new mandate."
    )
    parts = Parts(amount="charge", left="remaining")


class StrangerPaymentLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge:budget}; the limit per payment to a stranger is {limit:budget}. "
        "Pay less, or ask the principal to list the payee."
    )
    parts = Parts(amount="charge", limit="limit")


class PayeeLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge:budget}; {remaining:budget} remains of the lifetime limit of the payee {payee}. "
        "Pay less, or ask the principal."
    )
    parts = Parts(amount="charge", left="remaining")


class AmountTooLarge(OverLimit):
    template = "The amount is {amount:token}; the wallet counts at most {maximum:token}. Check the token's decimals."
    parts = Parts(amount="amount", limit="maximum")


class InvalidBatchSize(OverLimit):
    template = "The batch has {size} payments; it must have 1 to {maximum}. Add a payment, or split the batch."


class ZeroAmount(OverLimit):
    template = "The amount is zero. Pass an amount above zero."


class OperationCostExceeded(OverLimit):
    template = (
        "The operation can cost up to {cost:wei}; the limit per operation is {limit:wei}. Lower its gas limits or fees, "
        "use a paymaster, or ask the principal for other gas terms."
    )
    parts = Parts(amount="cost", limit="limit")


GAS_LIMITS = {
    ("mandate", "OperationCostExceeded"): (
        "The operation can cost up to {cost:wei}; the mandate's gas terms allow {limit:wei} per operation. Lower its gas limits "
        "or fees, use a paymaster, or ask the principal for other gas terms."
    ),
    ("paymaster", "OperationCostExceeded"): (
        "The operation can cost up to {cost:wei}; the paymaster {paymaster} pays {limit:wei} per operation for this wallet, "
        "whatever the mandate's gas terms are. Lower its gas limits or fees, or ask the principal to call set_gas_terms."
    ),
    ("mandate", "NoGasTerms"): (
        "The mandate has no gas terms, so the wallet pays for no user operation. Use a paymaster, send the action in a "
        "transaction of the agent key, or ask the principal for a mandate with gas_terms."
    ),
    ("paymaster", "NoGasTerms"): (
        "The paymaster {paymaster} has no gas terms for this wallet, so it pays for none of its operations. Ask the principal to "
        "call set_gas_terms of the paymaster."
    ),
    ("mandate", "WindowLimitExceeded"): (
        "The operation can cost up to {charge:wei}; {remaining:wei} remains of the mandate's gas terms in their rolling window "
        "of {length:duration}. Wait until more is available, lower its gas limits or fees, or use a paymaster."
    ),
    ("paymaster", "WindowLimitExceeded"): (
        "The operation can cost up to {charge:wei}; {remaining:wei} remains of what the paymaster {paymaster} pays for this "
        "wallet in a rolling window of {length:duration}. Wait until more is available, or ask the principal to call "
        "set_gas_terms."
    ),
}
"""What refusals because of gas terms say, by whose terms they are and by the error."""
