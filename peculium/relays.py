"""Actions that an agent signs and others send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peculium.mandate import typed_data

ACTION_TYPES = {
    "Action": [
        {"name": "mandateHash", "type": "bytes32"},
        {"name": "action", "type": "bytes"},
        {"name": "relayer", "type": "address"},
        {"name": "feeToken", "type": "address"},
        {"name": "fee", "type": "uint256"},
        {"name": "minGas", "type": "uint256"},
        {"name": "deadline", "type": "uint48"},
        {"name": "nonce", "type": "uint256"},
    ]
}
"""EIP-712 type of a relayed action."""


@dataclass(frozen=True)
class SignedAction:
    """An action with the agent key's signature. Its relayer sends it with `AgentWallet.act`."""

    wallet: str
    action: bytes
    """Calldata of the action; see `AgentWallet.action`."""
    nonce: int
    """Any number of 256 bits that was neither used nor canceled."""
    deadline: int
    """Unix seconds, inclusive."""
    relayer: str
    """The only account that can relay it; the zero address: anyone can."""
    fee_token: str
    """Token of the relayer's fee; the zero address if there is no fee."""
    fee: int
    """Fee of the relayer (token base units)."""
    min_gas: int = 0
    """The least gas that must be available for the action, so that a relayer can't make a call of it fail."""
    signature: bytes = b""

    def relay(self) -> tuple[str, str, int, int, int, int]:
        """Returns the terms of the relay as argument of a contract call: the struct `Relay`."""
        return self.relayer, self.fee_token, self.fee, self.min_gas, self.deadline, self.nonce

    def typed_data(self, mandate_hash: bytes, chain_id: int, domain: tuple[str, str]) -> dict[str, Any]:
        """Returns the EIP-712 typed data that the agent key signs. `domain` is the wallet's name and version."""
        message = {
            "mandateHash": mandate_hash,
            "action": self.action,
            "nonce": self.nonce,
            "deadline": self.deadline,
            "relayer": self.relayer,
            "feeToken": self.fee_token,
            "fee": self.fee,
            "minGas": self.min_gas,
        }
        return typed_data(domain, chain_id, self.wallet, ACTION_TYPES, "Action", message)
