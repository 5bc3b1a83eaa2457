"""What is proven, and by which planted bug each proof is shown to be able to fail. The theorems are in `verification/symbolic/proofs/`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("properties.toml")
LEDGER = "contracts/ledger/SpendLedger.sol"
SWITCH = "contracts/RevocationSwitch.sol"
CREDENTIALS = "contracts/CredentialRegistry.sol"
PAYMASTER = "contracts/PrincipalPaymaster.sol"
REGISTRY = "contracts/AgentRegistry.sol"
CHARGING = "contracts/wallet/Charging.sol"
PAYMENTS = "contracts/wallet/Payments.sol"


@dataclass(frozen=True)
class Bug:
    """In the source at `path` the text `before`, which stands there once, becomes `after`."""

    path: str
    before: str
    after: str

    def planted(self) -> dict[str, str]:
        """The source with the bug, by its path."""
        text = (ROOT / self.path).read_text()
        if text.count(self.before) != 1:
            raise SystemExit(
                f"{self.path} has {text.count(self.before)} times, not once: {self.before!r}. Mend the twin in {LIST.name}."
            )
        return {self.path: text.replace(self.before, self.after)}


@dataclass(frozen=True)
class Proof:
    """One theorem: a function of `verification/symbolic/proofs/<contract>.sol`."""

    contract: str
    check: str
    invariants: str
    bounds: str
    """What is not for all values."""
    twin: Bug
    quick: bool = True
    """Whether it takes seconds, and so is a test as well."""

    @property
    def name(self) -> str:
        """`Contract.check`."""
        return f"{self.contract}.{self.check}"


def _listed() -> tuple[Proof, ...]:
    return tuple(
        Proof(
            contract,
            check,
            each["invariants"],
            each.get("bounds", ""),
            Bug(**each["seeded_bug"]),
            not each.get("slow", False),
        )
        for contract, checks in tomllib.loads(LIST.read_text()).items()
        for check, each in checks.items()
    )


PROOFS = _listed()
