"""Which tests have to find a mutant of which file, and which compiled contracts those tests look at."""

from __future__ import annotations

from dataclasses import dataclass

ALL_PARTS = ("AgentWallet", "AgentWalletExtension", "MandateKeeper", "AgentWalletFactory")


@dataclass(frozen=True)
class Lane:
    """Files, the contracts that their code ends up in, and tests: the first folder is the quickest to judge."""

    name: str
    files: tuple[str, ...]
    contracts: tuple[str, ...]
    tests: tuple[str, ...]


def _in(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"contracts/{folder}{name}.sol" for name in names)


LANES = (
    # Without test_many.py, which has a chain of its own for large calls, and there the code as ape has compiled it.
    Lane(
        "ledger",
        _in("libraries/", "SpendLedger"),
        ("SpendLedgerHarness",),
        tuple(
            f"tests/ledger/test_{each}.py"
            for each in ("spend_ledger", "windows_and_pending", "further_windows", "room_for_life")
        ),
    ),
    Lane("switch", _in("", "RevocationSwitch"), ("AgentRegistry",), ("tests/switch",)),
    Lane("registry", _in("", "AgentRegistry"), ("AgentRegistry",), ("tests/registry", "tests/factory")),
    Lane("credentials", _in("", "CredentialRegistry"), ("CredentialRegistry",), ("tests/credentials",)),
    Lane(
        "factory",
        _in("", "AgentWalletFactory"),
        ("AgentWalletFactory",),
        ("tests/factory", "tests/scripts/test_deploy.py"),
    ),
    Lane(
        "wallet",
        (
            *_in("wallet/", "Payments", "Charging", "WalletState", "PrincipalControl", "SignedActions", "WalletViews"),
            *_in("wallet/", "Calls", "Requests", "Preauthorisations", "ChequeBooks", "Signatures"),
            *_in("", "AgentWallet", "AgentWalletExtension", "MandateKeeper"),
            *_in("libraries/", "AgentKeys", "CallRules", "ERC3009"),
        ),
        ALL_PARTS,
        ("tests/wallet", "tests/attacks"),
    ),
    Lane(
        "mandate",
        (
            *_in("", "MandateWriter"),
            *_in("libraries/", "MandateRules", "PowerRules", "MandateHash", "MandateEncoder", "MandateCode"),
            *_in("libraries/", "ChequeReserve"),
        ),
        ("MandateWriter", *ALL_PARTS),
        ("tests/wallet/test_set_mandate.py", "tests/package/test_mandate_hash.py", "tests/wallet"),
    ),
)


def lane_of(path: str) -> Lane | None:
    """The lane of a file, or None where there is none yet."""
    return next((lane for lane in LANES if path in lane.files), None)
