"""What an agent signs instead of sending: actions that anyone may carry, authorizations of EIP-3009, and cheques."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from eth_abi import encode
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium.contract import Signer
from peculium.mandate import digest_of, typed_data
from peculium.units import Amount, to_address, to_base_units, to_bytes32, to_timestamp

CHEQUE = keccak(text="Peculium cheque")[:4]
"""What a cheque's signature begins with."""

ACTION_TYPES = {
    "Action": [
        {"name": "mandateHash", "type": "bytes32"},
        {"name": "action", "type": "bytes"},
        {"name": "relayer", "type": "address"},
        {"name": "deadline", "type": "uint256"},
        {"name": "feeToken", "type": "address"},
        {"name": "fee", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
    ]
}
TRANSFER_TYPES = {
    "TransferWithAuthorization": [
        {"name": "from", "type": "address"},
        {"name": "to", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "validAfter", "type": "uint256"},
        {"name": "validBefore", "type": "uint256"},
        {"name": "nonce", "type": "bytes32"},
    ]
}
"""EIP-3009."""


class AgentSigner(Protocol):
    """An agent key of any kind: it has an address, and signs typed data."""

    @property
    def address(self) -> str: ...

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """The signature in the form that the wallet checks."""


def sign_with(agent: Signer | AgentSigner, data: dict[str, Any]) -> bytes:
    """The agent key's signature of typed data: of an `eth_account` account, or of any other kind of key."""
    if hasattr(agent, "sign_message"):
        return bytes(agent.sign_message(encode_typed_data(full_message=data)).signature)
    return bytes(agent.sign_typed_data(full_message=data))


def dummy_signature(signer: Any) -> bytes:
    """A signature as long as a real one of the signer's, and worth nothing: for estimates. By default of secp256k1."""
    return bytes(getattr(signer, "dummy_signature", b"\x11" * 64 + b"\x1b"))


@dataclass(frozen=True)
class VerifiedKey:
    """A key that a verifier of ERC-7913 checks: P-256 of an enclave or a passkey, or any other kind.

    `sign` takes the 32 bytes of a digest and returns what the verifier takes: of P-256, `r` and `s`, 32 bytes each.
    """

    verifier: str
    key: bytes
    sign: Callable[[bytes], bytes] = field(repr=False)

    @property
    def signer(self) -> bytes:
        """The ERC-7913 signer: the verifier's address and the key."""
        return bytes.fromhex(to_address(self.verifier)[2:]) + self.key

    @property
    def address(self) -> str:
        """What a mandate names it by: the last 20 bytes of the signer's keccak256."""
        return to_address("0x" + keccak(self.signer)[12:].hex())

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """The signature in the form that the wallet checks."""
        return self._framed(self.sign(digest_of(full_message)))

    def sign_message(self, signable_message: Any) -> Any:
        """The same for what takes an `eth_account` account."""
        digest = keccak(b"\x19" + signable_message.version + signable_message.header + signable_message.body)
        return _Signed(self._framed(self.sign(digest)))

    @property
    def dummy_signature(self) -> bytes:
        """A signature as long as a real one of P-256, and worth nothing: for estimates."""
        return self._framed(b"\x11" * 64)

    def sign_transaction(self, transaction_dict: Any) -> Any:
        """Refused: a chain takes transactions of secp256k1 keys only. Have an action carried instead."""
        raise NotImplementedError("A key of this kind sends no transactions: sign an action, and have it carried.")

    def _framed(self, own: bytes) -> bytes:
        return len(self.signer).to_bytes(2) + self.signer + own


@dataclass(frozen=True)
class _Signed:
    signature: bytes


@dataclass(frozen=True)
class SignedAction:
    """An action of the agent's with its signature: whoever has it may carry it, within its terms."""

    wallet: str
    action: bytes
    nonce: int
    deadline: int
    relayer: str
    fee_token: str
    fee: int
    signature: bytes = b""

    def relay(self) -> tuple[str, int, str, int, int]:
        """The terms of carrying it, as argument of a contract call."""
        return self.relayer, self.deadline, self.fee_token, self.fee, self.nonce

    def typed_data(self, mandate_hash: bytes, chain_id: int, domain: tuple[str, str]) -> dict[str, Any]:
        """What the agent key signs."""
        message = {
            "mandateHash": mandate_hash,
            "action": self.action,
            "nonce": self.nonce,
            "deadline": self.deadline,
            "relayer": self.relayer,
            "feeToken": self.fee_token,
            "fee": self.fee,
        }
        return typed_data(domain, chain_id, self.wallet, ACTION_TYPES, "Action", message)


@dataclass(frozen=True)
class Domain:
    """The EIP-712 name and version of a token of EIP-3009; for USDC "USD Coin" or "USDC", and "2"."""

    name: str
    version: str


@dataclass(frozen=True)
class Authorization:
    """An EIP-3009 transfer from a wallet, `amount` in base units, in the token's own domain."""

    token: str
    payee: str
    amount: int
    valid_before: datetime | int
    """Until when it can be settled (exclusive)."""
    domain: Domain
    nonce: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    valid_after: datetime | int = 0
    """From when on (exclusive)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", to_address(self.token))
        object.__setattr__(self, "payee", to_address(self.payee))
        object.__setattr__(self, "nonce", to_bytes32(self.nonce, "nonce"))

    @classmethod
    def of(
        cls, token: str, payee: str, amount: Amount, decimals: int, valid_before: datetime | int, domain: Domain
    ) -> Authorization:
        """The same with an amount in whole tokens, and a random nonce."""
        return cls(token, payee, to_base_units(amount, decimals), valid_before, domain)

    def as_tuple(self) -> tuple[Any, ...]:
        """The authorization as argument of a contract call."""
        hashes = keccak(text=self.domain.name), keccak(text=self.domain.version)
        times = to_timestamp(self.valid_after), to_timestamp(self.valid_before)
        return (self.token, self.payee, self.amount, *times, self.nonce, *hashes)

    def typed_data(self, wallet: str, chain_id: int) -> dict[str, Any]:
        """What the token asks the wallet to have signed."""
        message = {
            "from": to_address(wallet),
            "to": self.payee,
            "value": self.amount,
            "validAfter": to_timestamp(self.valid_after),
            "validBefore": to_timestamp(self.valid_before),
            "nonce": self.nonce,
        }
        domain = (self.domain.name, self.domain.version)
        return typed_data(domain, chain_id, self.token, TRANSFER_TYPES, "TransferWithAuthorization", message)

    def digest(self, wallet: str, chain_id: int) -> bytes:
        """The 32 bytes that the token asks about."""
        return digest_of(self.typed_data(wallet, chain_id))


@dataclass(frozen=True)
class Cheque:
    """An authorization drawn from the cheque book: nothing was sent for it, and its signature is all that it takes."""

    authorization: Authorization
    slot: int
    signature: bytes
    """What the token passes to the wallet (ERC-1271)."""


def cheque_nonce(wallet: str, token: str, mandate_hash: bytes, period: int, slot: int) -> bytes:
    """The EIP-3009 nonce of a cheque, as the wallet derives it."""
    types = ["address", "address", "bytes32", "uint256", "uint256"]
    return keccak(encode(types, [to_address(wallet), to_address(token), mandate_hash, period, slot]))


def cheque_signature(authorization: Authorization, slot: int, agent_signature: bytes) -> bytes:
    """A cheque's signature: what it is for, and the agent key's signature of it."""
    token, payee, amount, valid_after, valid_before, _, name_hash, version_hash = authorization.as_tuple()
    types = ["address", "address", *["uint256"] * 4, "bytes32", "bytes32"]
    words = encode(types, [token, payee, amount, valid_after, valid_before, slot, name_hash, version_hash])
    return CHEQUE + words + agent_signature
