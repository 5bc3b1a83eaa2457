"""No call rule allows the call or one of its arguments."""

from __future__ import annotations

from peculium.errors.contract import CallNotAllowed
from peculium.errors.money import Parts


class ReservedForGuards(CallNotAllowed):
    template = (
        "The call uses {selector} of {target}, a function with which a wallet asks its guard (onCharge) or reports to it "
        "(onClose). A wallet makes these calls by itself only: leave the call out."
    )


class CallNotListed(CallNotAllowed):
    template = (
        "The mandate doesn't list variant {variant} of the function {selector} of {target}. "
        "Name a variant that it lists, or ask the principal."
    )


class CallCountExceeded(CallNotAllowed):
    template = (
        "The function {selector} of {target} was called {max_calls} times within {window} seconds, as often as the mandate "
        "allows. Wait, or ask the principal."
    )
    retryable = True


class TargetHasNoCode(CallNotAllowed):
    template = "The call target {target} has no code any more. Ask the principal to remove its rule."


class CallValueExceeded(CallNotAllowed):
    template = "The call sends {value:wei}; its rule allows {limit:wei}. Send less, or ask the principal."
    parts = Parts(amount="value", limit="limit")


class PullLimitExceeded(CallNotAllowed):
    template = (
        "The call lets its target pull {charge:budget}; its rule allows {limit:budget}. "
        "Pull less, or ask the principal."
    )
    parts = Parts(amount="charge", limit="limit")


class InvalidCalldataLength(CallNotAllowed):
    template = (
        "The calldata has {length} bytes; the arguments take {expected} bytes. Encode the arguments and nothing else."
    )


class ArgumentRefused(CallNotAllowed):
    template = "The call rule doesn't allow {word} for argument {index}. Read the call rules of the mandate."


class TailRefused(CallNotAllowed):
    template = (
        "The call rule doesn't allow what follows the arguments' words (keccak256 {tail_hash}). "
        "Encode one of the tails that the mandate lists."
    )


class FloorMissed(CallNotAllowed):
    template = (
        "The call gained {gained:token} of {token}; the rule's floor is {needed:token}. The call was rolled back. "
        "Ask for a better price, or ask the principal."
    )


class ApprovalStands(CallNotAllowed):
    template = (
        "{target} already has an approval of {amount:token} of {token}, so it can't pull more. "
        "Ask the principal to revoke it with execute."
    )


class PaddingNotZero(CallNotAllowed):
    template = "The padding of argument {index} isn't zero. Use Solidity's standard ABI encoding."
