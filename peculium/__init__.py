"""Peculium: bounded, revocable wallets for AI agents.

Amounts are whole units (`Decimal`), times are `datetime` objects with a time zone. Each error of the contracts is raised as
an exception of the same name, whose message says what to do next; see `peculium.errors`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from peculium.accounts import ExternalSigner, Safe, open_keystore
    from peculium.acting import Asked, CashedCheque, Preauthorized, RequestOutcome
    from peculium.agent import Agent
    from peculium.aio import AsyncAgent
    from peculium.authorizations import Authorization, AuthorizationKind, Domain, HeldAuthorization
    from peculium.chain.options import SendOptions
    from peculium.chain.transactions import Outcome, TransactionStatus, configure_sending, outcome_of
    from peculium.cheques import Cheque
    from peculium.contract import Contract, Event, Receipt, Signer, decode_refusal, send_transaction
    from peculium.counterparty import Block, Counterparty, HeldCredential, Liability, check
    from peculium.credentials import Credential, CredentialRegistry, CredentialStatus, SignedCredential
    from peculium.decision import Decision
    from peculium.drafts import MandateDraft
    from peculium.errors import (
        ChainUnavailable,
        ContractError,
        InvalidInput,
        JournalFailed,
        NotIncluded,
        OnceCanceled,
        OnceMismatch,
        OutcomeUnknown,
        PeculiumError,
    )
    from peculium.evidence import EvidenceReport, verify_evidence
    from peculium.factory import AgentWalletFactory, CreatedAgent, CreatedWallet, Creation, WalletCheck
    from peculium.fleet import FleetBudget, FleetRemaining
    from peculium.history import HistoryEntry
    from peculium.issuer import IssuedCredential, Issuer
    from peculium.journal import Journal
    from peculium.keys import VerifiedKey
    from peculium.mandate import (
        ANY_SPENT,
        FOREVER,
        NATIVE,
        NO_LIMIT,
        Argument,
        ArgumentKind,
        Budget,
        CallRule,
        ChequeBook,
        Floor,
        GasTerms,
        LimitedPayee,
        Mandate,
        Token,
        Window,
    )
    from peculium.network import Network
    from peculium.operations import (
        Bundler,
        EntryPoint,
        OperationReceipt,
        PrincipalPaymaster,
        RPCBundler,
        SelfBundler,
        UserOperation,
    )
    from peculium.overview import Overview
    from peculium.principal import Principal
    from peculium.registry import AgentCheck, AgentRegistry, Status
    from peculium.relays import SignedAction
    from peculium.suite import Suite
    from peculium.switch import Order, OrderKind, PrincipalState, RevocationSwitch
    from peculium.token import ERC20
    from peculium.transports import Direct, Relayed, Transport, UserOperations, once_nonce
    from peculium.version import __version__
    from peculium.wallet import (
        Action,
        AgentWallet,
        Approval,
        Call,
        CallRequest,
        CancelRequest,
        Grant,
        OperationGas,
        Pay,
        PayBatch,
        PendingHandOver,
        PendingRequest,
        Preauthorize,
        Remaining,
        Request,
        RequestCall,
        RequestPayment,
        Resign,
        StrangerState,
        WalletCall,
        WindowState,
    )

_EXPORTS: dict[str, tuple[str, ...]] = {
    "peculium.accounts": ("ExternalSigner", "Safe", "open_keystore"),
    "peculium.acting": ("Asked", "CashedCheque", "Preauthorized", "RequestOutcome"),
    "peculium.agent": ("Agent",),
    "peculium.aio": ("AsyncAgent",),
    "peculium.authorizations": ("Authorization", "AuthorizationKind", "Domain", "HeldAuthorization"),
    "peculium.chain.options": ("SendOptions",),
    "peculium.chain.transactions": ("Outcome", "TransactionStatus", "configure_sending", "outcome_of"),
    "peculium.cheques": ("Cheque",),
    "peculium.contract": ("Contract", "Event", "Receipt", "Signer", "decode_refusal", "send_transaction"),
    "peculium.counterparty": ("Block", "Counterparty", "HeldCredential", "Liability", "check"),
    "peculium.credentials": ("Credential", "CredentialRegistry", "CredentialStatus", "SignedCredential"),
    "peculium.decision": ("Decision",),
    "peculium.drafts": ("MandateDraft",),
    "peculium.errors": (
        "ChainUnavailable",
        "ContractError",
        "InvalidInput",
        "JournalFailed",
        "NotIncluded",
        "OnceCanceled",
        "OnceMismatch",
        "OutcomeUnknown",
        "PeculiumError",
    ),
    "peculium.evidence": ("EvidenceReport", "verify_evidence"),
    "peculium.factory": ("AgentWalletFactory", "CreatedAgent", "CreatedWallet", "Creation", "WalletCheck"),
    "peculium.fleet": ("FleetBudget", "FleetRemaining"),
    "peculium.history": ("HistoryEntry",),
    "peculium.issuer": ("IssuedCredential", "Issuer"),
    "peculium.journal": ("Journal",),
    "peculium.keys": ("VerifiedKey",),
    "peculium.mandate": (
        "ANY_SPENT",
        "Argument",
        "ArgumentKind",
        "Budget",
        "CallRule",
        "ChequeBook",
        "FOREVER",
        "Floor",
        "GasTerms",
        "LimitedPayee",
        "Mandate",
        "NATIVE",
        "NO_LIMIT",
        "Token",
        "Window",
    ),
    "peculium.network": ("Network",),
    "peculium.operations": (
        "Bundler",
        "EntryPoint",
        "OperationReceipt",
        "PrincipalPaymaster",
        "RPCBundler",
        "SelfBundler",
        "UserOperation",
    ),
    "peculium.overview": ("Overview",),
    "peculium.principal": ("Principal",),
    "peculium.registry": ("AgentCheck", "AgentRegistry", "Status"),
    "peculium.relays": ("SignedAction",),
    "peculium.suite": ("Suite",),
    "peculium.switch": ("Order", "OrderKind", "PrincipalState", "RevocationSwitch"),
    "peculium.token": ("ERC20",),
    "peculium.transports": ("Direct", "Relayed", "Transport", "UserOperations", "once_nonce"),
    "peculium.version": ("__version__",),
    "peculium.wallet": (
        "Action",
        "AgentWallet",
        "Approval",
        "Call",
        "CallRequest",
        "CancelRequest",
        "Grant",
        "OperationGas",
        "Pay",
        "PayBatch",
        "PendingHandOver",
        "PendingRequest",
        "Preauthorize",
        "Remaining",
        "Request",
        "RequestCall",
        "RequestPayment",
        "Resign",
        "StrangerState",
        "WalletCall",
        "WindowState",
    ),
}
"""Where each public name is defined. A module is imported when one of its names is first used: web3 alone takes a second."""

__all__ = [
    "ANY_SPENT",
    "ERC20",
    "FOREVER",
    "NATIVE",
    "NO_LIMIT",
    "Action",
    "Agent",
    "AgentCheck",
    "AgentRegistry",
    "AgentWallet",
    "AgentWalletFactory",
    "Approval",
    "Argument",
    "ArgumentKind",
    "Asked",
    "AsyncAgent",
    "Authorization",
    "AuthorizationKind",
    "Block",
    "Budget",
    "Bundler",
    "Call",
    "CallRequest",
    "CallRule",
    "CancelRequest",
    "CashedCheque",
    "ChainUnavailable",
    "Cheque",
    "ChequeBook",
    "Contract",
    "ContractError",
    "Counterparty",
    "CreatedAgent",
    "CreatedWallet",
    "Creation",
    "Credential",
    "CredentialRegistry",
    "CredentialStatus",
    "Decision",
    "Direct",
    "Domain",
    "EntryPoint",
    "Event",
    "EvidenceReport",
    "ExternalSigner",
    "FleetBudget",
    "FleetRemaining",
    "Floor",
    "GasTerms",
    "Grant",
    "HeldAuthorization",
    "HeldCredential",
    "HistoryEntry",
    "InvalidInput",
    "IssuedCredential",
    "Issuer",
    "Journal",
    "JournalFailed",
    "Liability",
    "LimitedPayee",
    "Mandate",
    "MandateDraft",
    "Network",
    "NotIncluded",
    "OnceCanceled",
    "OnceMismatch",
    "OperationGas",
    "OperationReceipt",
    "Order",
    "OrderKind",
    "Outcome",
    "OutcomeUnknown",
    "Overview",
    "Pay",
    "PayBatch",
    "PeculiumError",
    "PendingHandOver",
    "PendingRequest",
    "Preauthorize",
    "Preauthorized",
    "Principal",
    "PrincipalPaymaster",
    "PrincipalState",
    "RPCBundler",
    "Receipt",
    "Relayed",
    "Remaining",
    "Request",
    "RequestCall",
    "RequestOutcome",
    "RequestPayment",
    "Resign",
    "RevocationSwitch",
    "Safe",
    "SelfBundler",
    "SendOptions",
    "SignedAction",
    "SignedCredential",
    "Signer",
    "Status",
    "StrangerState",
    "Suite",
    "Token",
    "TransactionStatus",
    "Transport",
    "UserOperation",
    "UserOperations",
    "VerifiedKey",
    "WalletCall",
    "WalletCheck",
    "Window",
    "WindowState",
    "__version__",
    "check",
    "configure_sending",
    "decode_refusal",
    "once_nonce",
    "open_keystore",
    "outcome_of",
    "send_transaction",
    "verify_evidence",
]

_MODULES = {name: module for module, names in _EXPORTS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_MODULES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
