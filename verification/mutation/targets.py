"""The targets of mutation: which files to mutate, which contracts contain their code, and which tests have to kill the mutants."""

from __future__ import annotations

from dataclasses import dataclass

WALLET = ("AgentWallet", "PowersModule", "MandateModule", "ViewsModule", "AgentWalletFactory")


@dataclass(frozen=True)
class Target:
    """Source files with the contracts that contain their code, and the tests that belong to them.

    A mutant that only other tests kill counts as a survivor, so the score is a lower bound.
    """

    name: str
    files: tuple[str, ...]
    contracts: tuple[str, ...]
    tests: tuple[str, ...]
    scenarios: bool = False
    """Whether the scenarios of `verification/scenarios/` cover these files. They run before the tests."""

    @property
    def folders(self) -> list[tuple[str, ...]]:
        """The tests by folder. Each folder has its own session fixtures and therefore needs its own chain."""
        found: dict[str, list[str]] = {}
        for test in self.tests:
            found.setdefault(test.rpartition("/")[0] if test.endswith(".py") else test, []).append(test)
        return [tuple(each) for each in found.values()]


def _files(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"contracts/{folder}{name}.sol" for name in names)


def _tests(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/{folder}/test_{name}.py" for name in names)


TARGETS = (
    Target("ledger", _files("ledger/", "SpendLedger", "Counter"), ("SpendLedgerHarness",), ("tests/ledger",)),
    Target(
        "switch",
        _files("", "RevocationSwitch"),
        ("AgentRegistry", "RevocationSwitch"),
        ("tests/switch",),
        scenarios=True,
    ),
    Target(
        "registry",
        (*_files("", "AgentRegistry"), *_files("registry/", "WalletReports")),
        ("AgentRegistry",),
        ("tests/registry", "tests/factory"),
    ),
    Target("credentials", _files("", "CredentialRegistry"), ("CredentialRegistry",), ("tests/credentials",)),
    Target(
        "factory",
        (*_files("", "AgentWalletFactory"), *_files("wallet/", "WalletAddress")),
        ("AgentWalletFactory",),
        ("tests/factory", *_tests("package", "deploy"), *_tests("wallet", "selectors")),
    ),
    Target("paymaster", _files("", "PrincipalPaymaster"), ("PrincipalPaymaster",), ("tests/paymaster",)),
    Target("fleet", _files("", "FleetBudget"), ("FleetBudget",), ("tests/fleet",)),
    Target(
        "gas",
        _files("ledger/", "OperationGas"),
        ("PrincipalPaymaster", "MandateWriter", *WALLET),
        ("tests/paymaster", *_tests("operations", "gas_terms", "attacks_on_gas", "validate")),
        scenarios=True,
    ),
    Target(
        "payments",
        _files("wallet/", "Payments", "Charging"),
        WALLET,
        (
            *_tests(
                "wallet", "pay", "pay_batch", "pay_hostile_tokens", "pay_limited_payees", "pay_native", "pay_windows"
            ),
            *_tests("wallet", "pay_limits", "pay_strangers", "call", "call_arguments", "call_hostile_targets"),
            *_tests("wallet", "guard_charges", "guard_on_charge", "guard_calls_back"),
            *_tests("attacks", "reentrancy"),
        ),
        scenarios=True,
    ),
    Target(
        "calls",
        (*_files("wallet/", "Calls", "TargetCalls"), *_files("mandate/", "CallRules", "ForbiddenTargets")),
        WALLET,
        (
            *_tests("wallet", "call", "call_arguments", "call_hostile_targets", "call_charged", "call_tails"),
            *_tests("wallet", "call_counts", "call_floors", "call_limited_targets", "approve_calls"),
            *_tests("attacks", "calldata_and_targets", "reentrancy"),
        ),
        scenarios=True,
    ),
    Target(
        "principal",
        (
            *_files("wallet/", "WalletStorage", "PrincipalControl", "Signatures", "WalletViews"),
            *_files("wallet/", "ModuleCalls", "ModuleStorage"),
            *_files("", "AgentWallet"),
            *_files("wallet/modules/", "PowersModule", "MandateModule", "ViewsModule"),
            *_files("ledger/", "WindowStates"),
        ),
        WALLET,
        (
            *_tests("wallet", "execute", "execute_batch", "execute_signed", "withdraw", "hand_over", "lift_mandate"),
            *_tests("wallet", "initialize", "set_mandate", "set_mandate_signed", "replacing_a_mandate", "views"),
            *_tests("wallet", "is_valid_signature", "receivers", "storage", "pay", "pay_batch", "pay_limited_payees"),
            *_tests("wallet", "call", "act", "cheques", "preauthorize", "module_calls", "pay_limits"),
            *_tests("operations", "attacks", "stops"),
            *_tests("factory", "create_agent", "create_wallet"),
            *_tests("wallet", "round"),
        ),
        scenarios=True,
    ),
    Target(
        "signed actions",
        (*_files("wallet/", "SignedActions"), *_files("signatures/", "Signers")),
        WALLET,
        (
            *_tests("wallet", "act", "agent_keys", "cancel_nonce", "resign"),
            *_tests("operations", "validation_scope"),
            *_tests("attacks", "reentrancy"),
        ),
        scenarios=True,
    ),
    Target(
        "requests",
        _files("wallet/", "Requests", "CallRequests", "RequestHash", "RequestQueue"),
        WALLET,
        (
            *_tests("wallet", "requests", "request_calls", "approve_calls", "approve_request_signed", "guard_charges"),
            *_tests("attacks", "reentrancy"),
        ),
        scenarios=True,
    ),
    Target(
        "authorizations",
        (
            *_files("wallet/", "Preauthorizations", "Cheques", "ChequeBooks", "ChequeCharges", "ChequeViews"),
            *_files("signatures/", "ERC3009"),
            *_files("ledger/", "ChequeReserve"),
        ),
        (*WALLET, "MandateWriter"),
        (
            *_tests("wallet", "preauthorize", "close_authorizations", "receive_authorizations", "is_valid_signature"),
            *_tests("wallet", "preauthorize_strangers", "cheques", "charge_cheques", "cheques_to_strangers"),
            *_tests("wallet", "guard_charges", "guard_on_close"),
            *_tests("attacks", "reentrancy"),
        ),
        scenarios=True,
    ),
    Target("operations", _files("wallet/", "UserOperations"), WALLET, ("tests/operations",), scenarios=True),
    Target(
        "mandate",
        (
            *_files("mandate/", "MandateWriter", "MandateRules", "WindowRules", "PowerRules"),
            *_files("mandate/", "MandateHash", "MandateEncoder", "MandateDecoder"),
        ),
        ("MandateWriter", *WALLET),
        (
            *_tests(
                "wallet",
                "set_mandate",
                "set_mandate_budgets",
                "set_mandate_calls",
                "set_mandate_powers",
                "set_mandate_strangers",
                "set_mandate_signed",
                "replacing_a_mandate",
                "pay_limited_payees",
                "pay_native",
                "pay_windows",
            ),
            *_tests("wallet", "call", "call_arguments", "cheques", "views"),
            *_tests("package", "mandate_hash"),
        ),
        scenarios=True,
    ),
    Target(
        "guard",
        _files("mandate/", "GuardRules", "GuardCalls"),
        ("MandateWriter", *WALLET),
        _tests(
            "wallet",
            "guard_set_mandate",
            "guard_on_charge",
            "guard_charges",
            "guard_on_close",
            "guard_calls_back",
            "guard_not_asked",
        ),
        scenarios=True,
    ),
)


def target_of(path: str) -> Target | None:
    """The target of a file, or None if no target contains it."""
    return next((target for target in TARGETS if path in target.files), None)
