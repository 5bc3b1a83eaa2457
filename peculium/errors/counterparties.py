"""Who an agent is, and what proves it."""

from __future__ import annotations

from typing import Any

from peculium.errors.base import PeculiumError


class NoPeculiumWallet(PeculiumError):
    """The account isn't a wallet of the suite, so nothing limits what it does. `address` is the account, if there is one."""

    def __init__(self, message: str, address: str | None = None) -> None:
        super().__init__(message)
        self.address = address

    def __reduce__(self) -> Any:
        return type(self), (str(self), self.address)

    @property
    def next(self) -> str:
        """The next step."""
        return "Don't rely on a mandate here: ask for the address of a Peculium wallet."


class InvalidEvidence(PeculiumError):
    """Evidence contradicts itself or the chain. `faults` are the sentences that say how."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(" ".join(["The evidence doesn't hold.", *faults]))
        self.faults = faults

    def __reduce__(self) -> Any:
        return type(self), (self.faults,)

    @property
    def next(self) -> str:
        """The next step."""
        return "Don't rely on it: check the agent yourself with peculium.check."
