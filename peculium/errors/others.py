"""All other errors of the contracts."""

from __future__ import annotations

from peculium.errors.contract import OtherContractError


class ZeroAddress(OtherContractError):
    template = "An address is zero. Pass the address of an account."


class HeartbeatTooShort(OtherContractError):
    template = "The heartbeat is {interval} seconds; it must be at least {minimum} seconds, or zero for none."


class AlreadyInitialized(OtherContractError):
    template = "The wallet of {principal} already had a mandate. Use another salt for another agent."


class InvalidPrincipal(OtherContractError):
    template = "{principal} can't become the principal: it is the wallet itself, or already the principal."


class GasTooLow(OtherContractError):
    template = (
        "{available} gas is available for the call; its signer demands {minimum}. Send the transaction with more gas."
    )


class InvalidHandOverDeadline(OtherContractError):
    template = (
        "The offer to hand over would end at {deadline:time}; it must end from {earliest:time} to {latest:time}. "
        "Choose another deadline."
    )


class ReentrancyGuardReentrantCall(OtherContractError):
    template = "The wallet was called again during an action of the agent, so the action was rolled back."
