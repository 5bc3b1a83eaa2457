"""What all exceptions of the package have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from peculium.errors.money import Money, digits
from peculium.errors.redaction import without_keys
from peculium.errors.text import last_sentence


class PeculiumError(Exception):
    """Base class of everything that this package raises on purpose.

    `retryable` says whether the same call can succeed later, without anything that somebody would have to change first
    except for lifting a stop.
    """

    retryable: bool = False
    advice: ClassVar[str] = "Read the message, and correct what it names."
    """The next step if the message doesn't end with one."""

    @property
    def retry_at(self) -> datetime | None:
        """The earliest time at which the same call can succeed (UTC), if that is known."""
        return None

    @property
    def money(self) -> Money | None:
        """The amounts that the error is about, if it is about money."""
        return None

    @property
    def next(self) -> str:
        """The next step: the last sentence of the message, or `advice` if that has only one."""
        return last_sentence(str(self)) or self.advice

    def as_dict(self) -> dict[str, Any]:
        """Returns the error for a program, with the same keys for every error.

        `code` is the class name. `amount`, `limit` and `left` are whole units of `currency`, as text. `retry_at` is a time in
        UTC (ISO 8601). What isn't known is None.
        """
        money = self.money or Money()
        return {
            "code": type(self).__name__,
            "message": str(self),
            "amount": None if money.amount is None else digits(money.amount),
            "limit": None if money.limit is None else digits(money.limit),
            "left": None if money.left is None else digits(money.left),
            "currency": money.currency,
            "retryable": self.retryable,
            "retry_at": self.retry_at.isoformat() if self.retry_at else None,
            "next": self.next,
        }


class InvalidInput(PeculiumError, ValueError):
    """An argument is malformed. Nothing was sent; the message says what to pass instead.

    The message never has a private key: hex longer than an address isn't shown.
    """

    advice = "Check the arguments."

    def __init__(self, message: str = "") -> None:
        super().__init__(without_keys(message))
