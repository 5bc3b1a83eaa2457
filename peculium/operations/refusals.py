"""What the refusal of a user operation means: whose limits, amounts in whole units, and when to try again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from peculium.errors import (
    GAS_LIMITS,
    ContractError,
    OperationCostExceeded,
    OperationRejected,
    PeculiumError,
    WindowLimitExceeded,
)
from peculium.operations.operation import UserOperation
from peculium.wallet import AgentWallet
from peculium.wallet.refusals import explained

ACTION = 8
"""Where the agent's action begins in the calldata of its operation: after a selector and the period."""


@contextmanager
def explaining(wallet_at: Callable[[str], AgentWallet], operations: Sequence[UserOperation]) -> Iterator[None]:
    """Explains the refusals of a block that is about these operations."""
    try:
        yield
    except ContractError as error:
        index = error.operation_index or 0
        operation = operations[min(index, len(operations) - 1)]
        raise explained_operation(wallet_at(operation.sender), operation, error) from None


def explained_operation(
    wallet: AgentWallet, operation: UserOperation, error: ContractError, *, past: bool = False
) -> PeculiumError:
    """Returns the exception for the refusal of an operation; never raises. `past` says that a block includes it."""
    validating = error.operation_index is not None
    if isinstance(error, OperationCostExceeded) or (validating and isinstance(error, WindowLimitExceeded)):
        return _of_gas_terms(operation, error)
    if validating or operation.by_principal or isinstance(error, OperationRejected):
        return error
    try:
        function, arguments = wallet.decode_call(operation.call_data[ACTION:])
    except PeculiumError:
        return error
    return explained(wallet, error, function, arguments, None, as_agent=True, past=past)


def _of_gas_terms(operation: UserOperation, error: ContractError) -> ContractError:
    # With a paymaster its own terms count, and those of the mandate don't.
    terms = "paymaster" if operation.paymaster else "mandate"
    kind = type(error).__name__
    if isinstance(error, OperationCostExceeded) and error.limit == 0:
        kind = "NoGasTerms"
    error.arguments["paymaster"] = operation.paymaster
    error.template = GAS_LIMITS[terms, kind]  # type: ignore[misc]  # of this error only
    return error
