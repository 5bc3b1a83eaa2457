"""What goes wrong between this process and a block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

from peculium.errors.base import InvalidInput, PeculiumError
from peculium.errors.money import NATIVE_UNIT, Money


class ChainUnavailable(PeculiumError):
    """The node doesn't answer, serves another chain, or lacks a contract."""

    retryable = True


class NodeUnreachable(ChainUnavailable):
    """No usable answer came from the node: no connection, a timeout, an error of its gateway, or no JSON."""


class NodeRefused(ChainUnavailable):
    """The node rejects the request.

    `code` is the JSON-RPC error code or the HTTP status, `reason` the node's text, `data` what came with it. `transient`
    is true if the same request can succeed later, as with a rate limit.
    """

    @property
    def next(self) -> str:
        """The next step. Never the node's words."""
        return "Try again later, or use another node." if self.transient else "Check the request, or use another node."

    def __init__(
        self, message: str, code: int = 0, reason: str = "", data: Any = None, *, transient: bool = False
    ) -> None:
        super().__init__(message)
        self.code, self.reason, self.data, self.transient = code, reason, data, transient
        self.retryable = transient


class WrongChain(ChainUnavailable):
    """The node serves another chain than the one that was expected. Nothing was sent."""

    retryable = False


class NoContractHere(ChainUnavailable):
    """The address has no code on this chain. A transaction to it would succeed and do nothing, so none was sent."""

    retryable = False


class WrongContract(ChainUnavailable):
    """The address has the code of another contract than the one that was expected. Nothing was sent."""

    retryable = False


class ChainTooOld(ChainUnavailable):
    """The chain's EVM lacks instructions that the contracts use. Nothing was sent."""

    retryable = False


class LogRangeRefused(ChainUnavailable):
    """The node refuses to search so many blocks for events."""

    retryable = False


class NotEnoughGas(PeculiumError):
    """The account can't pay for the transaction's gas and value. Nothing was sent.

    `account` is its address, `available` and `needed` are in wei.
    """

    def __init__(self, message: str, account: str = "", available: int = 0, needed: int = 0) -> None:
        super().__init__(message)
        self.account, self.available, self.needed = account, available, needed

    @property
    def money(self) -> Money:
        """What is needed and what there is, in whole units of the native currency."""
        return Money("native", NATIVE_UNIT.whole(self.needed), left=NATIVE_UNIT.whole(self.available))


ASK_LATER = "Don't send it again: ask for its hash with wait() or peculium.outcome_of."
"""The next step after an unknown outcome, if a second call could do the same a second time."""


def _retry(key: str) -> str:
    # A key keeps a second call from doing it twice, so nobody has to find out first.
    return f"Call again with the same key, once={key!r}: it is done one time, whatever became of this."


def _with_retry(message: str, key: str) -> str:
    first, _, last = message.rpartition(". ")
    # The advice for a call without a key would be wrong.
    kept = f"{first}." if last.startswith(("Don't ", "Try again", "See what")) else message
    return f"{kept} {_retry(key)}"


class NonceTaken(PeculiumError):
    """Another transaction of the account has taken the nonce, so this one can't happen any more.

    `hash` is this transaction, `other` the one that a block includes (0x hex).
    """

    def __init__(
        self, message: str, hash: str = "", other: str = "", sender: str = "", nonce: int | None = None
    ) -> None:
        super().__init__(message)
        self.hash, self.other, self.sender, self.nonce = hash, other, sender, nonce

    def under(self, key: str) -> Self:
        """Notes that it was sent under a key of `once`, so that the same call is the right retry. Returns the error."""
        self.retryable = True
        self.args = (_with_retry(str(self), key), *self.args[1:])
        return self


class OutcomeUnknown(PeculiumError):
    """A transaction or user operation was sent, and whether a block includes it isn't known. Don't send it again.

    `hash` identifies it (0x hex), `hashes` are all versions of it that were sent with other fees. `sender` and `nonce`
    are those of the transaction. `wait` asks again; `peculium.outcome_of` does so from another process. `once` is the key
    under which it was sent, if there is one: then the same call again is right, and `retryable` is true.
    """

    advice = ASK_LATER
    once: str | None = None

    def __init__(
        self,
        message: str,
        hash: str = "",
        sender: str = "",
        nonce: int | None = None,
        hashes: Sequence[str] = (),
        wait: Callable[[float], Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.hash, self.sender, self.nonce, self.hashes = hash, sender, nonce, tuple(hashes) or (hash,)
        self._wait = wait

    def ask_with(self, wait: Callable[[float], Any]) -> None:
        """Sets what `wait` calls."""
        self._wait = wait

    def __reduce__(self) -> Any:
        # A connection can't be pickled; `peculium.outcome_of` takes its place.
        state = {"once": self.once, "retryable": self.retryable}
        return type(self), (str(self), self.hash, self.sender, self.nonce, self.hashes), state

    def under(self, key: str) -> Self:
        """Notes that it was sent under a key of `once`, so that the same call is the right retry. Returns the error."""
        if self.once is None:
            self.once, self.retryable = key, True
            self.args = (_with_retry(str(self), key),)
        return self

    @property
    def next(self) -> str:
        """The next step."""
        return super().next if self.once is None else _retry(self.once)

    def as_dict(self) -> dict[str, Any]:
        """As for every error, and `hash`, `hashes`, `sender`, `nonce` and `once`. A nonce of more than 53 bits is text."""
        nonce = self.nonce if self.nonce is None or self.nonce < 2**53 else str(self.nonce)
        found = {"hash": self.hash or None, "hashes": list(filter(None, self.hashes)), "sender": self.sender or None}
        return {**super().as_dict(), **found, "nonce": nonce, "once": self.once}

    def wait(self, timeout: float = 120) -> Any:
        """Waits up to `timeout` seconds for the outcome and returns the receipt. Raises as the method that sent it does."""
        if self._wait is None:
            raise InvalidInput("This copy of the exception has no connection. Ask peculium.outcome_of for its hash.")
        try:
            return self._wait(timeout)
        except OutcomeUnknown as error:
            if self.once is not None:
                error.under(self.once)
            raise


class NotIncluded(OutcomeUnknown):
    """A transaction or user operation was sent, but no block includes it yet. It may still be included later."""


class EventMissing(PeculiumError):
    """A transaction succeeded without the event that it should have. `hash` is the transaction (0x hex)."""

    def __init__(self, message: str, hash: str = "") -> None:
        super().__init__(message)
        self.hash = hash


class OnceMismatch(PeculiumError):
    """The key of `once` was used before for something else. Nothing was sent now.

    `key` is the key, `before` what was done under it, in words, and `hash` its transaction or user operation (0x hex); empty
    if it isn't known.
    """

    def __init__(self, key: str, before: str, hash: str = "") -> None:
        where = f" ({hash})" if hash else ""
        super().__init__(
            f"The key {key!r} was used before for something else: {before}{where}. Nothing was sent now. Use a key of its own for "
            "each action, and the same arguments for a retry."
        )
        self.key, self.before, self.hash = key, before, hash

    def __reduce__(self) -> Any:
        return type(self), (self.key, self.before, self.hash)


class OnceCanceled(PeculiumError):
    """The key of `once` was canceled before the action was done. It can't be done under this key any more.

    `hash` is the transaction that canceled it (0x hex).
    """

    def __init__(self, key: str, hash: str = "") -> None:
        super().__init__(
            f"The key {key!r} was canceled by the agent key or the principal, in the transaction {hash}. Nothing was done under it, "
            "and nothing was sent. Use another key if the action is still wanted."
        )
        self.key, self.hash = key, hash

    def __reduce__(self) -> Any:
        return type(self), (self.key, self.hash)


class LedgerFailed(PeculiumError):
    """The database of the ledger can't be read or written. What was written before stays."""

    retryable = True


class JournalFailed(PeculiumError):
    """The journal can't be read or written, so nothing was sent now. What was sent under the same key before still counts."""

    retryable = True
