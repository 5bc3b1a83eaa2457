"""A sentence about a mandate, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Group(StrEnum):
    """What a sentence is about, in the order in which they are shown."""

    NOW = "now"
    """Only in sentences about an overview."""
    WHO = "who"
    VALIDITY = "validity"
    WORST_CASE = "worst case"
    MONEY = "money"
    PAYEES = "payees"
    CALLS = "calls"
    REQUESTS = "requests"
    AUTHORIZATIONS = "authorizations"
    CHEQUES = "cheques"
    GAS = "gas"
    GUARD = "guard"
    NEVER = "never"
    NOTES = "notes"


@dataclass(frozen=True)
class Sentence:
    """One sentence."""

    group: Group
    kind: str
    """What it says, for a program: the same in every mandate."""
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    """The values in the sentence, ready for JSON: amounts as text, times in ISO 8601."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it for a program."""
        return {"group": str(self.group), "kind": self.kind, "text": self.text, "data": dict(self.data)}
