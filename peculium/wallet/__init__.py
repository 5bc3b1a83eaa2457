"""The agent wallet: what the agent can do within its mandate, and what the principal can do."""

from peculium.wallet.agent import AgentActions
from peculium.wallet.payments import Payment, to_ref
from peculium.wallet.principal import Call, PrincipalActions
from peculium.wallet.requests import REQUEST_TYPES, CallRequest, PendingRequest, Request
from peculium.wallet.states import Approval, Grant, OperationGas, PendingHandOver, Remaining, StrangerState, WindowState
from peculium.wallet.views import ERC1271_MAGIC

__all__ = [
    "ERC1271_MAGIC",
    "REQUEST_TYPES",
    "AgentWallet",
    "Approval",
    "Call",
    "CallRequest",
    "Grant",
    "OperationGas",
    "Payment",
    "PendingHandOver",
    "PendingRequest",
    "Remaining",
    "Request",
    "StrangerState",
    "WindowState",
    "to_ref",
]


class AgentWallet(AgentActions, PrincipalActions):
    """The wallet of one agent. The agent key acts within the mandate; the principal can do anything.

    Every method that sends a transaction raises a `ContractError` if the wallet would revert. Nothing is sent then.
    """
