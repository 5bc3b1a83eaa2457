"""A token or native transfer failed."""

from __future__ import annotations

from peculium.errors.contract import TokenError
from peculium.errors.money import Parts


class NotEnoughMoney(TokenError):
    """The wallet holds too little of the token. `reason` has the token's words, if it isn't an error with arguments."""

    template = "The account holds too little of the token. The token says: {reason!q}. Fund the wallet, or pay less."


class TokenFrozen(TokenError):
    """The token's issuer has frozen one of the accounts. `reason` has the token's words."""

    template = (
        "The token refuses an account, the wallet or the payee, because its issuer has frozen it. The token says: {reason!q}. "
        "Pay in another token, or ask the principal to talk to the issuer."
    )


class TokenPaused(TokenError):
    """The token, or another contract that was called, is paused for everybody. `reason` has its words."""

    template = (
        "The token is paused for everybody. The token says: {reason!q}. Try again later, or pay in another token."
    )
    retryable = True


class TokenTookMore(TokenError):
    template = (
        "The token {token} moved {taken:token} for a payment of {amount:token}, so the payment was rolled back. "
        "Ask the principal to unlist the token."
    )
    parts = Parts(amount="taken", limit="amount")


class TokenBalanceUnreadable(TokenError):
    template = "The token {token} doesn't report the wallet's balance, so the payment was rolled back."


class NativePaymentRefused(TokenError):
    template = (
        "The transfer of {amount:wei} to {payee} failed, and nothing was charged. "
        "The payee rejects native currency, or the wallet's balance is too low."
    )
    parts = Parts(amount="amount")


class SafeERC20FailedOperation(TokenError):
    template = "The transfer of the token {token} failed without a reason, and nothing was charged."


class BalanceTooLow(NotEnoughMoney):
    template = (
        "The wallet holds {balance:token} of the token {token}; the payment needs {amount:token}. Fund the wallet."
    )
    parts = Parts(amount="amount", left="balance")


class ERC20InsufficientBalance(NotEnoughMoney):
    template = "{sender} holds {balance:token}; the transfer needs {needed:token}. Fund it."
    parts = Parts(amount="needed", left="balance")
