"""User operations (ERC-4337): build, estimate, sign, send and wait, with a bundler (ERC-7769) or without.

    bundler = RPCBundler(web3, "https://bundler.example")      # or SelfBundler(web3, account)
    receipt = bundler.perform(wallet, agent, Pay(usdc, payee, "2.50", "INV-1"))

If the wallet, its paymaster or the EntryPoint rejects an operation in validation, its error is raised. Nothing was sent, and
nobody paid. If an operation is included and reverts, it has cost gas. Then the error has the attribute `receipt`.
"""

from peculium.operations.bundler import EXECUTE, REORGANIZED_BLOCKS, Bundler
from peculium.operations.entry_point import EntryPoint
from peculium.operations.gas import CALL_GAS_PER_BYTE, MIN_CALL_GAS, least_call_gas, with_gas
from peculium.operations.operation import ENTRY_POINT, OPERATION_TYPES, OperationReceipt, UserOperation
from peculium.operations.paymaster import PrincipalPaymaster
from peculium.operations.rpc_bundler import RPCBundler, refusal_of_bundler
from peculium.operations.self_bundler import SelfBundler

__all__ = [
    "CALL_GAS_PER_BYTE",
    "ENTRY_POINT",
    "EXECUTE",
    "MIN_CALL_GAS",
    "OPERATION_TYPES",
    "REORGANIZED_BLOCKS",
    "Bundler",
    "EntryPoint",
    "OperationReceipt",
    "PrincipalPaymaster",
    "RPCBundler",
    "SelfBundler",
    "UserOperation",
    "least_call_gas",
    "refusal_of_bundler",
    "with_gas",
]
