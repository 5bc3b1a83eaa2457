"""Accounts of principals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peculium.errors.base import PeculiumError


class SignaturesMissing(PeculiumError):
    """Too few owners of a Safe have signed. Nothing was sent, and nothing is lost.

    `safe` is its address, `file` holds what is to be signed and the signatures so far, `missing` are the owners that haven't
    signed. `have` of `need` signatures are there.
    """

    retryable = True

    def __init__(self, safe: str, file: str, have: int, need: int, missing: Sequence[str]) -> None:
        self.safe, self.file, self.have, self.need, self.missing = safe, file, have, need, tuple(missing)
        super().__init__(
            f"The Safe {safe} waits for signatures: {have} of {need} are there. Still to sign: {', '.join(missing)}. "
            f"{self.next}"
        )

    @property
    def next(self) -> str:
        """What the other owners do."""
        return (
            f"Let them sign {self.file} (peculium safe sign, or Safe.sign_file), or import it into Safe{{Wallet}}; then do the same "
            "again."
        )

    def __reduce__(self) -> Any:
        return type(self), (self.safe, self.file, self.have, self.need, self.missing)

    def as_dict(self) -> dict[str, Any]:
        """As for every error, and `file`, `have`, `need` and `missing`."""
        return {
            **super().as_dict(),
            "file": self.file,
            "have": self.have,
            "need": self.need,
            "missing": list(self.missing),
        }


class SafeTransactionReplaced(PeculiumError):
    """Another transaction has used the nonce of a Safe's transaction that waited. Nothing of what waited was done.

    `safe` is its address, `nonce` the nonce, `hash` the hash that the owners signed (0x hex).
    """

    def __init__(self, safe: str, nonce: int, hash: str) -> None:
        self.safe, self.nonce, self.hash = safe, nonce, hash
        super().__init__(
            f"Another transaction has used the nonce {nonce} of the Safe {safe}, so {hash} can't be executed any more, and was "
            f"not. {self.next}"
        )

    @property
    def next(self) -> str:
        """How to propose it anew."""
        return "Do the same again to propose it with a new nonce, unless the owners meant to reject it."

    def __reduce__(self) -> Any:
        return type(self), (self.safe, self.nonce, self.hash)


class SafeTransactionFailed(PeculiumError):
    """A Safe's transaction was executed, and its call failed, which changed nothing but the nonce.

    `safe` is its address, `transaction` the chain's transaction and `hash` the hash that the owners signed (0x hex).
    """

    def __init__(self, safe: str, transaction: str, hash: str) -> None:
        self.safe, self.transaction, self.hash = safe, transaction, hash
        super().__init__(
            f"The Safe {safe} executed {hash} in {transaction}, and the call failed: nothing changed. {self.next}"
        )

    @property
    def next(self) -> str:
        """How to propose it anew."""
        return "Do the same again to see why it fails, and to propose it with a new nonce."

    def __reduce__(self) -> Any:
        return type(self), (self.safe, self.transaction, self.hash)
