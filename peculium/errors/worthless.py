"""Signatures that nobody could use."""

from __future__ import annotations

from typing import Any

from peculium.errors.base import PeculiumError


class WorthlessSignature(PeculiumError):
    """What was to be signed or charged couldn't be settled by anybody. Nothing was handed out, sent or charged."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message} {advice}")
        self._parts = message, advice

    def __reduce__(self) -> Any:
        return type(self), self._parts

    @property
    def next(self) -> str:
        """The next step."""
        return self._parts[1]


class WrongDomain(WorthlessSignature):
    """The EIP-712 domain isn't the token's. `domain` is the token's, if it is known."""

    def __init__(self, message: str, advice: str, domain: Any = None) -> None:
        super().__init__(message, advice)
        self.domain = domain

    def __reduce__(self) -> Any:
        return type(self), (*self._parts, self.domain)


class ContractSignaturesRefused(WorthlessSignature):
    """The token doesn't take a wallet's signature for an authorization (EIP-3009), only those of keys."""


class InvalidCheque(WorthlessSignature):
    """The wallet doesn't take the cheque."""
