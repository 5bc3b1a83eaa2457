"""Peculium: bounded, revocable wallets for AI agents.

Amounts are whole units (`Decimal`), times are `datetime` objects with a time zone. Each error of the contracts is raised as
an exception of the same name, whose message says what to do next; see `peculium.exceptions`.
"""

from peculium.actions import Authorization, Cheque, Domain, SignedAction, VerifiedKey
from peculium.contract import Contract, Event, Receipt, Signer, decode_refusal, send_transaction
from peculium.credentials import Credential, CredentialRegistry, CredentialStatus
from peculium.exceptions import ChainUnavailable, ContractError, InvalidInput, NotIncluded, PeculiumError
from peculium.factory import AgentWalletFactory, CreatedAgent, Creation
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
    GasTerms,
    LimitedPayee,
    Mandate,
    Token,
    Window,
)
from peculium.operations import (
    Bundler,
    EntryPoint,
    OperationReceipt,
    PrincipalPaymaster,
    RPCBundler,
    SelfBundler,
    UserOperation,
)
from peculium.registry import AgentCheck, AgentRegistry, Status
from peculium.suite import Suite
from peculium.switch import Order, OrderKind, PrincipalState, RevocationSwitch
from peculium.token import ERC20
from peculium.version import __version__
from peculium.wallet import (
    AgentWallet,
    Call,
    Grant,
    OperationGas,
    Payment,
    PendingRequest,
    Remaining,
    Request,
    WindowState,
)

__all__ = [
    "ANY_SPENT",
    "ERC20",
    "FOREVER",
    "NATIVE",
    "NO_LIMIT",
    "AgentCheck",
    "AgentRegistry",
    "AgentWallet",
    "AgentWalletFactory",
    "Argument",
    "ArgumentKind",
    "Authorization",
    "Budget",
    "Bundler",
    "Call",
    "CallRule",
    "ChainUnavailable",
    "Cheque",
    "ChequeBook",
    "Contract",
    "ContractError",
    "CreatedAgent",
    "Creation",
    "Credential",
    "CredentialRegistry",
    "CredentialStatus",
    "Domain",
    "EntryPoint",
    "Event",
    "GasTerms",
    "Grant",
    "InvalidInput",
    "LimitedPayee",
    "Mandate",
    "NotIncluded",
    "OperationGas",
    "OperationReceipt",
    "Order",
    "OrderKind",
    "Payment",
    "PeculiumError",
    "PendingRequest",
    "PrincipalPaymaster",
    "PrincipalState",
    "RPCBundler",
    "Receipt",
    "Remaining",
    "Request",
    "RevocationSwitch",
    "SelfBundler",
    "SignedAction",
    "Signer",
    "Status",
    "Suite",
    "Token",
    "UserOperation",
    "VerifiedKey",
    "Window",
    "WindowState",
    "__version__",
    "decode_refusal",
    "send_transaction",
]
