"""Runs properties, each on the contracts as they are and with its seeded bug."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from verification.symbolic.errors import SymbolicError
from verification.symbolic.properties import Property
from verification.symbolic.prover import Outcome, Prover, Result

KNOWN_FALSE = ("KnownFalse", "check_noNumberIsThis")
KNOWN_COUNTEREXAMPLE = hex(20_261_125)


@dataclass(frozen=True)
class Run:
    """A property with both results."""

    item: Property
    result: Result
    seeded: Result
    """The result with the seeded bug."""

    @property
    def passed(self) -> bool:
        """The property is verified, and violated by its seeded bug: so it holds, and it can fail."""
        return self.result.outcome == Outcome.VERIFIED and self.seeded.outcome == Outcome.VIOLATED

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.item.name,
            "invariants": self.item.invariants,
            "bounds": self.item.bounds,
            "passed": self.passed,
            "result": asdict(self.result),
            "seeded_bug": asdict(self.seeded),
        }


def run_property(prover: Prover, item: Property) -> Run:
    """Checks one property, then the same with its seeded bug."""
    result = prover.check(item.contract, item.check)
    return Run(item, result, prover.check(item.contract, item.check, item.seeded_bug.sources()))


def require_known_false(prover: Prover) -> Result:
    """Checks a false statement first. A prover that does not find its counterexample proves nothing."""
    result = prover.check(*KNOWN_FALSE)
    if result.outcome != Outcome.VIOLATED or KNOWN_COUNTEREXAMPLE not in result.details:
        raise SymbolicError(
            f"The prover did not find the counterexample of the known-false check ({result.outcome}), "
            f"so no result would count.\n{result.details}"
        )
    return result
