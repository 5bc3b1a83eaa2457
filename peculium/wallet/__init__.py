"""The agent wallet: what the agent can do within its mandate, and what the principal can do."""

from peculium.wallet.actions import (
    Action,
    Call,
    CancelRequest,
    Pay,
    PayBatch,
    Preauthorize,
    RequestCall,
    RequestPayment,
    Resign,
)
from peculium.wallet.agent import AgentActions
from peculium.wallet.principal import PrincipalActions, WalletCall
from peculium.wallet.refs import to_ref
from peculium.wallet.requests import REQUEST_TYPES, CallRequest, PendingRequest, Request
from peculium.wallet.states import Approval, Grant, OperationGas, PendingHandOver, Remaining, StrangerState, WindowState
from peculium.wallet.views import ERC1271_MAGIC

__all__ = [
    "ERC1271_MAGIC",
    "REQUEST_TYPES",
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
    "to_ref",
]


class AgentWallet(AgentActions, PrincipalActions):
    """The wallet of one agent. The agent key acts within the mandate; the principal can do anything.

    Every method that sends a transaction raises a `ContractError` if the wallet would revert. Nothing is sent then.
    """
