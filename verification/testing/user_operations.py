"""User operations of the tests: usual gas limits, fees, and the result of a bundle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from web3 import Web3
from web3.types import TxParams, TxReceipt

from peculium import EntryPoint, Event, GasTerms, Signer, UserOperation
from peculium.operations import with_gas

VERSIONS = ("0.8", "0.9")
"""The versions of the EntryPoint that the tests run on."""
TERMS = GasTerms(Decimal("0.01"), Decimal("0.02"), timedelta(days=1))
"""0.01 ether per operation, 0.02 per day."""
OPERATION_LIMIT, WINDOW_LIMIT = 10**16, 2 * 10**16
"""The same limits (wei)."""
PERIOD = 86_400 // 8
"""The period of these terms (seconds). An operation names its number."""
CALL, VERIFICATION, PRE_VERIFICATION = 250_000, 200_000, 50_000
"""The usual gas limits of an operation, 500,000 in all."""
PAYMASTER_VERIFICATION = 200_000
"""The gas limit of a paymaster's verification: the first charge after a long idle period rewrites the whole window."""
GWEI = 10**9
HIGHEST_FEE = 20 * GWEI
"""The fee at which an operation with the usual limits can cost exactly `OPERATION_LIMIT` (wei per gas)."""
BENEFICIARY = Web3.to_checksum_address("0x" + "00" * 17 + "bad00e")
"""The beneficiary of every bundle. It holds nothing else, so its balance is what bundles paid."""


def priced(operation: UserOperation) -> UserOperation:
    """The operation with the usual gas limits, at two gwei."""
    limited = with_gas(operation, VERIFICATION, CALL, PRE_VERIFICATION, 0)
    return replace(limited, max_fee_per_gas=2 * GWEI, max_priority_fee_per_gas=GWEI)


def at_fee(fee: int) -> dict[str, int]:
    """Fee fields with which the bundler receives the whole fee (wei per gas)."""
    return {"max_fee_per_gas": fee, "max_priority_fee_per_gas": fee}


def paid_by(paymaster: Any) -> dict[str, Any]:
    """Fields that make a paymaster pay for the operation."""
    return {"paymaster": paymaster.address, "paymaster_verification_gas_limit": PAYMASTER_VERIFICATION}


def deposit(entry_point: EntryPoint, account: Any) -> int:
    """The deposit of an account at the EntryPoint (wei)."""
    return int(entry_point.read("balanceOf", account.address))


def unpacked(data: int) -> tuple[bool, int, int]:
    """Validation data of ERC-4337: whether the signature is valid, and the first and last second of its validity."""
    return data & (2**160 - 1) == 0, data >> 208, data >> 160 & (2**48 - 1)


@dataclass(frozen=True)
class Bundle:
    """The result of a bundle."""

    included: bool
    collected: int
    """What the beneficiary received (wei)."""
    events: tuple[Event, ...]
    gas_used: int

    def named(self, name: str) -> list[Event]:
        """The events of this name."""
        return [event for event in self.events if event.name == name]

    @property
    def succeeded(self) -> list[bool]:
        """Whether each operation succeeded."""
        return [event.arguments["success"] for event in self.named("UserOperationEvent")]

    @property
    def reasons(self) -> list[bytes]:
        """The revert reasons of the operations that have one."""
        return [event.arguments["revertReason"] for event in self.named("UserOperationRevertReason")]


def transact(web3: Web3, signer: Signer, to: str, data: str, gas: int) -> TxReceipt:
    """Sends a transaction without a dry run. Returns its receipt, even if it reverted."""
    transaction: TxParams = {
        "to": web3.to_checksum_address(to),
        "data": web3.to_bytes(hexstr=data),  # type: ignore[arg-type]  # web3.py annotates hex strings by a type of its own
        "gas": gas,
        "gasPrice": web3.to_wei(100, "gwei"),
        "nonce": web3.eth.get_transaction_count(web3.to_checksum_address(signer.address)),
        "chainId": web3.eth.chain_id,
    }
    sent = web3.eth.send_raw_transaction(signer.sign_transaction(transaction).raw_transaction)
    return web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.02)
