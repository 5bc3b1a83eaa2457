"""What was found out about a chain, its node and an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Grade = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    grade: Grade
    """`fail` if wallets can't be used or deployed because of it, `warn` if something is slower, dearer or not known."""
    text: str
    """What was found, in a sentence."""
    next: str = ""
    """What to do; empty if nothing."""

    def as_dict(self) -> dict[str, Any]:
        """Returns the finding for a program."""
        return {"name": self.name, "grade": self.grade, "text": self.text, "next": self.next or None}


@dataclass(frozen=True)
class Diagnosis:
    """All findings."""

    chain_id: int | None
    """None if the node doesn't answer."""
    network: str | None
    """Name of the network, if it is known."""
    findings: tuple[Finding, ...]

    @property
    def grade(self) -> Grade:
        """The worst of all."""
        grades = {each.grade for each in self.findings}
        return "fail" if "fail" in grades else "warn" if "warn" in grades else "ok"

    def of(self, name: str) -> Finding:
        """Returns the finding of this name. Raises `LookupError` if there is none."""
        found = next((each for each in self.findings if each.name == name), None)
        if found is None:
            raise LookupError(f"There is no finding {name!r}.")
        return found

    def as_dict(self) -> dict[str, Any]:
        """Returns all findings for a program."""
        return {
            "chain_id": self.chain_id,
            "network": self.network,
            "grade": self.grade,
            "findings": [each.as_dict() for each in self.findings],
        }


def ok(name: str, text: str) -> Finding:
    """Returns a finding with which nothing has to be done."""
    return Finding(name, "ok", text)


def warn(name: str, text: str, next: str = "") -> Finding:
    """Returns a finding that matters to some."""
    return Finding(name, "warn", text, next)


def fail(name: str, text: str, next: str) -> Finding:
    """Returns a finding that has to be changed."""
    return Finding(name, "fail", text, next)
