"""Gas limits of operations."""

from __future__ import annotations

from dataclasses import replace

from hexbytes import HexBytes
from web3 import Web3

from peculium.operations.operation import UserOperation
from peculium.wallet import AgentWallet

MIN_CALL_GAS, CALL_GAS_PER_BYTE = 60_000, 4
"""The wallet's minimum for `call_gas_limit` of an agent's operation: a base, and gas per byte. Enough to copy a stop."""


def with_gas(
    operation: UserOperation, verification: int, call: int, pre_verification: int, paymaster: int
) -> UserOperation:
    """Returns the operation with these gas limits. An agent's `call_gas_limit` is at least `least_call_gas`."""
    filled = replace(
        operation,
        verification_gas_limit=verification,
        pre_verification_gas=pre_verification,
        paymaster_verification_gas_limit=paymaster,
    )
    if operation.by_principal:
        return replace(filled, call_gas_limit=call)
    return replace(filled, call_gas_limit=max(call, least_call_gas(filled)))


def least_call_gas(operation: UserOperation) -> int:
    """Returns the wallet's minimum for `call_gas_limit` of an agent's operation, which grows with its encoded size."""
    wallet = AgentWallet(Web3(), operation.sender)
    size = len(HexBytes(wallet.call_data("validateUserOp", operation.packed(), bytes(32), 0)))
    return MIN_CALL_GAS + CALL_GAS_PER_BYTE * size


def calldata_gas(data: str | bytes) -> int:
    return sum(16 if byte else 4 for byte in HexBytes(data))
