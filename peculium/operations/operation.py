"""User operations (ERC-4337) and their receipts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from peculium.checks import checked_fields
from peculium.contract import Event, Receipt
from peculium.mandate import ZERO_ADDRESS, digest_of, typed_data
from peculium.units import to_address

ENTRY_POINT = "0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108"
"""Address of the EntryPoint v0.8, the same on every chain."""


OPERATION_TYPES = {
    "PackedUserOperation": [
        {"name": "sender", "type": "address"},
        {"name": "nonce", "type": "uint256"},
        {"name": "initCode", "type": "bytes"},
        {"name": "callData", "type": "bytes"},
        {"name": "accountGasLimits", "type": "bytes32"},
        {"name": "preVerificationGas", "type": "uint256"},
        {"name": "gasFees", "type": "bytes32"},
        {"name": "paymasterAndData", "type": "bytes"},
    ]
}
"""EIP-712 type of an operation, as the EntryPoint hashes it."""


@checked_fields
@dataclass(frozen=True)
class UserOperation:
    """A user operation with the fields of ERC-7769. Gas limits are in gas, fees in wei per gas."""

    sender: str
    """Address of the wallet."""
    nonce: int
    """256 bits: the nonce key in the upper 192, the sequence number in the lower 64."""
    call_data: bytes
    call_gas_limit: int = 0
    verification_gas_limit: int = 0
    pre_verification_gas: int = 0
    max_fee_per_gas: int = 0
    max_priority_fee_per_gas: int = 0
    factory: str = ""
    """Address of the factory that creates the wallet in this operation; empty if the wallet exists."""
    factory_data: bytes = b""
    paymaster: str = ""
    """Address of the paymaster; empty if the wallet pays."""
    paymaster_verification_gas_limit: int = 0
    paymaster_post_op_gas_limit: int = 0
    paymaster_data: bytes = b""
    signature: bytes = b""

    @property
    def by_principal(self) -> bool:
        """Whether the nonce key says that the principal acts; otherwise the agent does."""
        return self.nonce >> 128 == 0

    @property
    def max_cost(self) -> int:
        """The maximum cost (wei), which is charged to the gas terms: the sum of all gas limits times `max_fee_per_gas`."""
        own = self.call_gas_limit + self.verification_gas_limit + self.pre_verification_gas
        paymaster = self.paymaster_verification_gas_limit + self.paymaster_post_op_gas_limit
        return (own + paymaster) * self.max_fee_per_gas

    def packed(self) -> tuple[Any, ...]:
        """Returns the operation as argument of a contract call: the struct `PackedUserOperation`."""
        return (*self._message().values(), self.signature)

    def _message(self) -> dict[str, Any]:
        paymaster = b""
        if self.paymaster:
            limits = _halves(self.paymaster_verification_gas_limit, self.paymaster_post_op_gas_limit)
            paymaster = _bytes20(self.paymaster) + limits + self.paymaster_data
        return {
            "sender": to_address(self.sender),
            "nonce": self.nonce,
            "initCode": _bytes20(self.factory) + self.factory_data if self.factory else b"",
            "callData": self.call_data,
            "accountGasLimits": _halves(self.verification_gas_limit, self.call_gas_limit),
            "preVerificationGas": self.pre_verification_gas,
            "gasFees": _halves(self.max_priority_fee_per_gas, self.max_fee_per_gas),
            "paymasterAndData": paymaster,
        }

    def typed_data(self, chain_id: int, entry_point: str = ENTRY_POINT) -> dict[str, Any]:
        """Returns the EIP-712 typed data that the principal or the agent key signs."""
        domain = ("ERC4337", "1")
        return typed_data(domain, chain_id, entry_point, OPERATION_TYPES, "PackedUserOperation", self._message())

    def hash(self, chain_id: int, entry_point: str = ENTRY_POINT) -> bytes:
        """Returns the operation's hash (32 bytes), which identifies it for bundlers and in events of the EntryPoint."""
        return digest_of(self.typed_data(chain_id, entry_point))

    def as_rpc(self) -> dict[str, str]:
        """Returns the operation in the JSON form that bundlers take (ERC-7769)."""
        fields: dict[str, Any] = {
            "sender": to_address(self.sender),
            "nonce": self.nonce,
            "callData": self.call_data,
            "callGasLimit": self.call_gas_limit,
            "verificationGasLimit": self.verification_gas_limit,
            "preVerificationGas": self.pre_verification_gas,
            "maxFeePerGas": self.max_fee_per_gas,
            "maxPriorityFeePerGas": self.max_priority_fee_per_gas,
            "signature": self.signature,
        }
        if self.factory:
            fields |= {"factory": to_address(self.factory), "factoryData": self.factory_data}
        if self.paymaster:
            fields |= {
                "paymaster": to_address(self.paymaster),
                "paymasterVerificationGasLimit": self.paymaster_verification_gas_limit,
                "paymasterPostOpGasLimit": self.paymaster_post_op_gas_limit,
                "paymasterData": self.paymaster_data,
            }
        return {name: _as_hex(value) for name, value in fields.items()}


@dataclass(frozen=True)
class OperationReceipt:
    """The outcome and the cost of an operation."""

    operation_hash: bytes
    """32 bytes."""
    gas_cost: Decimal
    """What its payer paid (whole units of the native currency)."""
    gas_used: int
    events: tuple[Event, ...]
    """Events of this operation, without those of the rest of its bundle."""
    transaction: Receipt
    """The transaction of the bundle."""

    def event(self, name: str) -> Event:
        """Returns the only event of this name. Raises `InvalidInput` if there is none, or more than one."""
        return replace(self.transaction, events=self.events).event(name)


def _bytes20(address: str) -> bytes:
    return bytes.fromhex(to_address(address or ZERO_ADDRESS)[2:])


def _halves(upper: int, lower: int) -> bytes:
    return upper.to_bytes(16) + lower.to_bytes(16)


def _as_hex(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return value if isinstance(value, str) else hex(value)
