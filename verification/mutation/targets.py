"""Which tests have to find a mutant of which file, and which compiled contracts those tests look at."""

from __future__ import annotations

from dataclasses import dataclass

WALLET = ("AgentWallet", "PowersModule", "MandateModule", "AgentWalletFactory")


@dataclass(frozen=True)
class Lane:
    """Files, the contracts that their code ends up in, and the tests that have to notice: no more than belong to the files.

    A mutant that only other tests notice counts as a survivor, so the score is a lower bound.
    """

    name: str
    files: tuple[str, ...]
    contracts: tuple[str, ...]
    tests: tuple[str, ...]
    told: bool = False
    """Whether the stories of `verification/scenarios/` are about them; then they are told first."""

    @property
    def folders(self) -> list[tuple[str, ...]]:
        """The tests, folder by folder: each has fixtures of its own for a whole session, and so needs a chain of its own."""
        found: dict[str, list[str]] = {}
        for test in self.tests:
            found.setdefault(test.rpartition("/")[0] if test.endswith(".py") else test, []).append(test)
        return [tuple(each) for each in found.values()]


def _in(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"contracts/{folder}{name}.sol" for name in names)


def _of(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/{folder}/test_{name}.py" for name in names)


LANES = (
    # Without test_many.py, which has a chain of its own for large calls, and there the code as ape has compiled it.
    Lane(
        "ledger",
        _in("ledger/", "SpendLedger"),
        ("SpendLedgerHarness",),
        _of("ledger", "spend_ledger", "windows_and_pending", "further_windows", "room_for_life"),
    ),
    Lane("switch", _in("", "RevocationSwitch"), ("AgentRegistry", "RevocationSwitch"), ("tests/switch",), told=True),
    Lane("registry", _in("", "AgentRegistry"), ("AgentRegistry",), ("tests/registry", "tests/factory")),
    Lane("credentials", _in("", "CredentialRegistry"), ("CredentialRegistry",), ("tests/credentials",)),
    Lane(
        "factory",
        _in("", "AgentWalletFactory"),
        ("AgentWalletFactory",),
        ("tests/factory", *_of("scripts", "deploy"), *_of("wallet", "selectors")),
    ),
    Lane("paymaster", _in("", "PrincipalPaymaster"), ("PrincipalPaymaster",), ("tests/paymaster",)),
    Lane(
        "gas",
        _in("ledger/", "OperationGas"),
        ("PrincipalPaymaster", "MandateWriter", *WALLET),
        ("tests/paymaster", *_of("operations", "gas_terms", "attacks_on_gas", "validate")),
        told=True,
    ),
    Lane(
        "payments",
        _in("wallet/", "Payments", "Charging"),
        WALLET,
        (
            *_of("wallet", "pay", "pay_batch", "pay_hostile_tokens", "pay_limited_payees", "pay_native", "pay_windows"),
            *_of("wallet", "call"),
            *_of("attacks", "reentrancy"),
        ),
        told=True,
    ),
    Lane(
        "calls",
        (*_in("wallet/", "Calls"), *_in("mandate/", "CallRules")),
        WALLET,
        (*_of("wallet", "call"), *_of("attacks", "calldata_and_targets", "reentrancy")),
        told=True,
    ),
    Lane(
        "principal",
        (
            *_in("wallet/", "WalletStorage", "PrincipalControl", "Signatures", "WalletViews"),
            *_in("", "AgentWallet"),
            *_in("wallet/modules/", "PowersModule", "MandateModule"),
        ),
        WALLET,
        (
            *_of("wallet", "execute", "execute_batch", "execute_signed", "withdraw", "hand_over", "lift_mandate"),
            *_of("wallet", "initialize", "set_mandate", "set_mandate_signed", "replacing_a_mandate", "views"),
            *_of("wallet", "is_valid_signature", "receivers", "storage", "pay", "pay_batch", "pay_limited_payees"),
            *_of("wallet", "call", "act", "cheques", "preauthorize"),
            *_of("operations", "attacks", "stops"),
            *_of("factory", "create_agent"),
        ),
        told=True,
    ),
    Lane(
        "signed actions",
        (*_in("wallet/", "SignedActions"), *_in("signatures/", "AgentKeys")),
        WALLET,
        (
            *_of("wallet", "act", "agent_keys", "cancel_nonce", "resign"),
            *_of("operations", "validation_scope"),
            *_of("attacks", "reentrancy"),
        ),
        told=True,
    ),
    Lane(
        "requests",
        _in("wallet/", "Requests"),
        WALLET,
        (*_of("wallet", "requests"), *_of("attacks", "reentrancy")),
        told=True,
    ),
    Lane(
        "authorizations",
        (
            *_in("wallet/", "Preauthorizations", "ChequeBooks"),
            *_in("signatures/", "ERC3009"),
            *_in("ledger/", "ChequeReserve"),
        ),
        (*WALLET, "MandateWriter"),
        (*_of("wallet", "preauthorize", "cheques", "is_valid_signature"), *_of("attacks", "reentrancy")),
        told=True,
    ),
    Lane("operations", _in("wallet/", "UserOperations"), WALLET, ("tests/operations",), told=True),
    Lane(
        "mandate",
        (
            *_in("mandate/", "MandateWriter"),
            *_in("mandate/", "MandateRules", "PowerRules", "MandateHash", "MandateEncoder", "MandateDecoder"),
        ),
        ("MandateWriter", *WALLET),
        (
            *_of(
                "wallet",
                "set_mandate",
                "set_mandate_powers",
                "set_mandate_signed",
                "replacing_a_mandate",
                "pay_limited_payees",
                "pay_native",
                "pay_windows",
            ),
            *_of("wallet", "call", "cheques", "views"),
            *_of("package", "mandate_hash"),
        ),
        told=True,
    ),
)


def lane_of(path: str) -> Lane | None:
    """The lane of a file, or None where there is none."""
    return next((lane for lane in LANES if path in lane.files), None)
