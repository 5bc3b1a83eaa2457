"""The authorization can't be charged or closed."""

from __future__ import annotations

from peculium.errors.contract import InvalidAuthorization


class InvalidAuthorizationEnd(InvalidAuthorization):
    template = (
        "The authorization would end at {valid_before:time}. It must end after now ({timestamp:time}), and at the latest "
        "at {latest:time}, by max_authorization_age and the ends of mandate and payee. Choose another end, or ask the principal."
    )


class AuthorizationKnown(InvalidAuthorization):
    template = "The authorization {digest} was already made. Use another nonce for another payment."


class AuthorizationUnknown(InvalidAuthorization):
    template = "No open authorization {digest} exists in this currency. It was never made, or it is already closed."


class AuthorizationOpen(InvalidAuthorization):
    template = (
        "The authorization {digest} isn't settled and can be until {valid_before:time} (now: {timestamp:time}). "
        "Close it after that, or ask the principal to call refuse_all."
    )
    retryable = True
    retry_from = "valid_before"


class AuthorizationUsed(InvalidAuthorization):
    template = "The token {token} has already recorded the nonce {nonce} as used or canceled. Use another nonce."


class AuthorizationStateUnreadable(InvalidAuthorization):
    template = (
        "The token {token} doesn't report whether an authorization was used. "
        "It probably doesn't implement EIP-3009; use one that does."
    )


class NotAuthorizable(InvalidAuthorization):
    template = (
        "{token} is the native currency, which EIP-3009 doesn't cover. Use pay, or a token that implements EIP-3009."
    )


class NoChequeBook(InvalidAuthorization):
    template = "The mandate has no cheque book in {token}. Ask the principal for one."
