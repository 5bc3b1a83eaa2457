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
            f"Let them sign {self.file} with Safe.sign_file, or import it into Safe{{Wallet}}; then do the same again."
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
