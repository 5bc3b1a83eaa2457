"""The properties that the prover checks, and the seeded bug of each. They are listed in `properties.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from verification.symbolic.errors import SymbolicError

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("properties.toml")


@dataclass(frozen=True)
class SeededBug:
    """A change of one source that must violate the property: the text `before`, which occurs once, becomes `after`."""

    path: str
    before: str
    after: str

    def sources(self) -> dict[str, str]:
        """The changed source, by its path."""
        text = (ROOT / self.path).read_text()
        if (count := text.count(self.before)) != 1:
            raise SymbolicError(
                f"{self.path} contains {count} times instead of once: {self.before!r}. Update {LIST.name}."
            )
        return {self.path: text.replace(self.before, self.after)}


@dataclass(frozen=True)
class Property:
    """The function `check` of `verification/symbolic/proofs/<contract>.sol`."""

    contract: str
    check: str
    invariants: str
    """The numbers in `docs/invariants.md`."""
    bounds: str
    """Which values are not covered; empty if the property holds for all."""
    seeded_bug: SeededBug
    slow: bool
    """Takes minutes; runs only in `make prove`."""

    @property
    def name(self) -> str:
        """`Contract.check`."""
        return f"{self.contract}.{self.check}"


def _load() -> tuple[Property, ...]:
    return tuple(
        Property(
            contract=contract,
            check=check,
            invariants=entry["invariants"],
            bounds=entry.get("bounds", ""),
            seeded_bug=SeededBug(**entry["seeded_bug"]),
            slow=entry.get("slow", False),
        )
        for contract, checks in tomllib.loads(LIST.read_text()).items()
        for check, entry in checks.items()
    )


PROPERTIES = _load()
