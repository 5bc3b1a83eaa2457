"""No place is free, or what was to be paid is paid."""

from __future__ import annotations

from typing import Any

from peculium.errors.base import PeculiumError


class NoFreeSlot(PeculiumError):
    """All slots for requests, or all cheques of the period, are taken. Nothing was sent or signed."""

    retryable = True

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message} {advice}")
        self._parts = message, advice

    def __reduce__(self) -> Any:
        return type(self), self._parts

    @property
    def next(self) -> str:
        """The next step."""
        return self._parts[1]


class AlreadyPaid(PeculiumError):
    """The cheque under a `once` key is settled. Nothing was signed now. `key` is the key, `payee` who was paid."""

    def __init__(self, key: str, payee: str) -> None:
        super().__init__(
            f"The cheque to {payee} under the key {key!r} is settled: its payee was paid. Don't pay again; use another key for "
            "another purchase."
        )
        self.key, self.payee = key, payee

    def __reduce__(self) -> Any:
        return type(self), (self.key, self.payee)

    @property
    def next(self) -> str:
        """The next step."""
        return "Don't pay again; use another key for another purchase."
