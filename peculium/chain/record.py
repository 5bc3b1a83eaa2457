"""Signed transactions, and where they are written down before they are handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from peculium.chain.fees import Fees


@dataclass(frozen=True)
class Signed:
    """One version of a transaction. Versions with the same nonce have the same content, and other fees."""

    raw: str
    """0x hex."""
    hash: str
    """0x hex."""
    fees: Fees
    sender: str
    nonce: int
    gas: int
    """Gas limit."""

    def as_json(self) -> dict[str, Any]:
        """Returns all but the hash, for a journal."""
        return {
            "raw": self.raw,
            "max_fee": self.fees.max_fee,
            "priority": self.fees.priority,
            "sender": self.sender,
            "nonce": self.nonce,
            "gas": self.gas,
        }

    @classmethod
    def of_json(cls, hash: str, found: Mapping[str, Any]) -> Signed:
        """Returns the version with this hash from what a journal has."""
        fees = Fees(found["max_fee"], found["priority"])
        return cls(found["raw"], hash, fees, found["sender"], found["nonce"], found["gas"])


class Record(Protocol):
    """Where all versions of one transaction are written down, for a later process or another one."""

    def load(self) -> tuple[Signed, ...]:
        """Returns all versions, oldest first."""
        ...

    def add(self, version: Signed, after: int) -> tuple[Signed, ...]:
        """Writes down a version if `after` versions are there, and returns all.

        If there are more, another process was faster: then the version isn't added, and must not be handed in.
        """
        ...


class Unrecorded:
    """Remembers the versions as long as the object lives."""

    def __init__(self) -> None:
        self._versions: tuple[Signed, ...] = ()

    def load(self) -> tuple[Signed, ...]:
        """See `Record.load`."""
        return self._versions

    def add(self, version: Signed, after: int) -> tuple[Signed, ...]:
        """See `Record.add`."""
        self._versions = (*self._versions, version)
        return self._versions
