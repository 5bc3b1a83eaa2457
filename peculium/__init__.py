"""Peculium for agents, principals and counterparties: a bounded, revocable purse for AI agents.

Amounts are `Decimal` whole units, times are aware `datetime`s, and every refusal of a contract is an exception of its own
name that says what to do (`peculium.exceptions`).
"""

from peculium.contract import Contract, Event, Receipt, Signer, decode_refusal, send_transaction
from peculium.credentials import Credential, CredentialRegistry, CredentialStatus
from peculium.exceptions import ChainUnavailable, ContractError, InvalidInput, PeculiumError
from peculium.factory import AgentWalletFactory, CreatedAgent, Creation
from peculium.mandate import ANY_SPENT, Budget, Mandate, Token, Window
from peculium.registry import AgentCheck, AgentRegistry, Status
from peculium.suite import Suite
from peculium.switch import Order, OrderKind, PrincipalState, RevocationSwitch
from peculium.token import ERC20
from peculium.wallet import NATIVE, AgentWallet, Call, Grant, Payment, Remaining

__all__ = [
    "ANY_SPENT",
    "ERC20",
    "NATIVE",
    "AgentCheck",
    "AgentRegistry",
    "AgentWallet",
    "AgentWalletFactory",
    "Budget",
    "Call",
    "ChainUnavailable",
    "Contract",
    "ContractError",
    "CreatedAgent",
    "Creation",
    "Credential",
    "CredentialRegistry",
    "CredentialStatus",
    "Event",
    "Grant",
    "InvalidInput",
    "Mandate",
    "Order",
    "OrderKind",
    "Payment",
    "PeculiumError",
    "PrincipalState",
    "Receipt",
    "Remaining",
    "RevocationSwitch",
    "Signer",
    "Status",
    "Suite",
    "Token",
    "Window",
    "decode_refusal",
    "send_transaction",
]
