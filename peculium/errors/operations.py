"""The user operation is rejected."""

from __future__ import annotations

from peculium.errors.bundler import ENTRY_POINT_CODES
from peculium.errors.contract import ContractError, OperationRejected


def _entry_point_advice(error: ContractError) -> str:
    code = str(error.arguments.get("reason", ""))[:4]
    return ENTRY_POINT_CODES.get(code, "Build and sign the operation again.")


class NotAnAgentOperation(OperationRejected):
    template = (
        "The calldata isn't an agent operation: its selector {selector} isn't executeUserOp, or it contains no action of the "
        "agent. Build it with Bundler.agent_operation."
    )


class OperationOfOtherMandate(OperationRejected):
    template = (
        "The operation's nonce key begins with {nonce_key}; the mandate in force is {mandate_hash}. "
        "Build and sign the operation again."
    )


class CallGasTooLow(OperationRejected):
    template = "The operation's call_gas_limit is {call_gas_limit}; the minimum is {minimum} gas. Raise it."


class InvalidPeriod(OperationRejected):
    template = (
        "The operation's period begins at {start:time}, later than {maximum:time}. Build it with the current period."
    )


class FailedOp(OperationRejected):
    """The EntryPoint rejects the operation. `reason` begins with its code, such as AA21 (ERC-4337)."""

    template = "{reason!c}."

    def __str__(self) -> str:
        return f"{super().__str__()} {self.next}"

    @property
    def next(self) -> str:
        """What to do about the EntryPoint's code."""
        return _entry_point_advice(self)


class FailedOpWithRevert(OperationRejected):
    """A contract reverted during validation, with data in `inner` that is no error of these contracts."""

    template = "{reason!c} ({inner!c})."

    def __str__(self) -> str:
        return f"{super().__str__()} {self.next}"

    @property
    def next(self) -> str:
        """What to do about the EntryPoint's code."""
        return _entry_point_advice(self)


class NotAWallet(OperationRejected):
    template = "{sender} isn't a wallet of this contract's factory. Use a wallet that the suite's factory created."


class OtherPrincipal(OperationRejected):
    template = (
        "The principal of the wallet {wallet} is {principal}; this contract serves the wallets of {expected}. Use the paymaster "
        "or fleet budget of {principal}."
    )


class NoPeriod(OperationRejected):
    template = "The operation of {wallet} names no period. Build it with Bundler.agent_operation."


class PaymasterUnauthorized(OperationRejected):
    template = "{sender} isn't the EntryPoint of this paymaster."
