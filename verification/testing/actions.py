"""Actions by name, for tests of all of them."""

from __future__ import annotations

from typing import Any

from peculium import CancelRequest, Pay, PayBatch, Preauthorize, RequestCall, RequestPayment, Resign
from peculium.wallet import Action, Call

ACTIONS: dict[str, type[Action]] = {
    "pay": Pay,
    "pay_batch": PayBatch,
    "call": Call,
    "request_payment": RequestPayment,
    "request_call": RequestCall,
    "cancel_request": CancelRequest,
    "preauthorize": Preauthorize,
    "resign": Resign,
}
"""The actions, named as the methods of `AgentWallet`."""


def action_of(name: str, *arguments: Any) -> Action:
    """Returns an action. `arguments` are its fields in order."""
    return ACTIONS[name](*arguments)
