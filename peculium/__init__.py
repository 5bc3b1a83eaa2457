"""Peculium for agents, principals and counterparties: a bounded, revocable purse for AI agents.

Amounts are `Decimal` whole units, times are aware `datetime`s, and every refusal of a contract is an exception of its own
name that says what to do (`peculium.exceptions`).
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
    "decode_refusal",
    "send_transaction",
]
