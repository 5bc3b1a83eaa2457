"""What an agent signs instead of sending: relayed actions, EIP-3009 authorizations and cheques."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Protocol

from eth_abi import encode
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium.chain.sender import cannot_sign
from peculium.contract import Signer
from peculium.mandate import digest_of, typed_data
from peculium.signatures import low_s, p256_signature
from peculium.units import Amount, from_timestamp, to_address, to_base_units, to_bytes32, to_timestamp, to_uint

CHEQUE = keccak(text="Peculium cheque")[:4]
"""The first four bytes of a cheque's signature, by which the wallet tells it from other signatures."""

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

_TRANSFER = [
    {"name": "from", "type": "address"},
    {"name": "to", "type": "address"},
    {"name": "value", "type": "uint256"},
    {"name": "validAfter", "type": "uint256"},
    {"name": "validBefore", "type": "uint256"},
    {"name": "nonce", "type": "bytes32"},
]
TRANSFER_TYPES = {"TransferWithAuthorization": _TRANSFER, "ReceiveWithAuthorization": _TRANSFER}
"""EIP-712 types of a transfer by authorization (EIP-3009)."""


class AgentSigner(Protocol):
    """An agent key that signs typed data (EIP-712) but no transactions."""

    @property
    def address(self) -> str:
        """The address that a mandate names as `agent_key`."""
        ...

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """Returns the signature of EIP-712 typed data in the form that the wallet checks."""
        ...


def sign_with(agent: Signer | AgentSigner, data: dict[str, Any]) -> bytes:
    """Signs EIP-712 typed data with an `eth_account` account or any other kind of agent key."""
    if hasattr(agent, "sign_message"):
        return low_s(bytes(agent.sign_message(encode_typed_data(full_message=data)).signature))
    if not hasattr(agent, "sign_typed_data"):
        raise cannot_sign(agent)
    return low_s(bytes(agent.sign_typed_data(full_message=data)))


def dummy_signature(signer: Any) -> bytes:
    """Returns an invalid signature of the right length, for gas estimates: the signer's own, or one of secp256k1."""
    return bytes(getattr(signer, "dummy_signature", b"\x11" * 64 + b"\x1b"))


@dataclass(frozen=True)
class VerifiedKey:
    """An agent key that a verifier contract checks (ERC-7913), such as a P-256 key of an enclave or a key service.

    A passkey signs other data than the digest (WebAuthn), which the suite's P-256 verifier doesn't take.
    """

    verifier: str
    """Address of the verifier contract."""
    key: bytes
    """The public key as the verifier takes it; for P-256 `x` and `y`, 32 bytes each."""
    sign: Callable[[bytes], bytes] = field(repr=False)
    """Signs a digest of 32 bytes and returns what the verifier takes; for P-256 `r` and `s`, 32 bytes each, or both in DER.
    `s` may be in either half of its range."""

    @property
    def signer(self) -> bytes:
        """The ERC-7913 signer: the verifier's address, then the key."""
        return bytes.fromhex(to_address(self.verifier)[2:]) + self.key

    @property
    def address(self) -> str:
        """The address that a mandate names as `agent_key`: the last 20 bytes of the signer's keccak256."""
        return to_address("0x" + keccak(self.signer)[12:].hex())

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """Signs EIP-712 typed data: the signer's length (2 bytes), the signer, then the key's own signature."""
        return self._encode_signature(self.sign(digest_of(full_message)))

    def sign_message(self, signable_message: Any) -> Any:
        """Signs a message (ERC-191), so that the key can replace an `eth_account` account."""
        digest = keccak(b"\x19" + signable_message.version + signable_message.header + signable_message.body)
        return _Signed(self._encode_signature(self.sign(digest)))

    @property
    def dummy_signature(self) -> bytes:
        """An invalid signature as long as one of P-256, for gas estimates."""
        return self._encode_signature(b"\x11" * 64)

    def sign_transaction(self, transaction_dict: Any) -> Any:
        """Raises `NotImplementedError`: chains accept transactions of secp256k1 keys only."""
        raise NotImplementedError(
            "A verified key can't sign transactions. Sign an action with AgentWallet.sign_action and have it relayed."
        )

    def _encode_signature(self, signature: bytes) -> bytes:
        return len(self.signer).to_bytes(2) + self.signer + p256_signature(self.key, signature)


@dataclass(frozen=True)
class _Signed:
    signature: bytes


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


@dataclass(frozen=True)
class Domain:
    """Name and version in a token's EIP-712 domain; for USDC "USD Coin" or "USDC", and "2"."""

    name: str
    version: str


class AuthorizationKind(IntEnum):
    """Which EIP-3009 message an authorization is."""

    TRANSFER = 0
    """`TransferWithAuthorization`: anyone can settle it."""
    RECEIVE = 1
    """`ReceiveWithAuthorization`: only the payee can, such as a contract that collects payments for others. Whoever lists
    a collector as a payee lists everybody for whom it collects."""


@dataclass(frozen=True)
class Authorization:
    """A transfer from a wallet that is settled later (EIP-3009)."""

    token: str
    payee: str
    amount: int
    """Token base units."""
    valid_before: datetime | int
    """End of validity (exclusive); an `int` is unix seconds."""
    domain: Domain
    nonce: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    """32 bytes, random by default."""
    valid_after: datetime | int = 0
    """Start of validity (exclusive); an `int` is unix seconds."""
    kind: AuthorizationKind = AuthorizationKind.TRANSFER
    """Who can settle it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", to_address(self.token))
        object.__setattr__(self, "payee", to_address(self.payee))
        object.__setattr__(self, "nonce", to_bytes32(self.nonce, "nonce"))
        to_uint(self.amount, 256, "amount")
        to_timestamp(self.valid_after), to_timestamp(self.valid_before)

    @classmethod
    def of(
        cls, token: str, payee: str, amount: Amount, decimals: int, valid_before: datetime | int, domain: Domain
    ) -> Authorization:
        """Creates an authorization with an amount in whole tokens and a random nonce."""
        return cls(token, payee, to_base_units(amount, decimals), valid_before, domain)

    def as_tuple(self) -> tuple[Any, ...]:
        """Returns the authorization as argument of a contract call: the struct `Authorization`."""
        hashes = keccak(text=self.domain.name), keccak(text=self.domain.version)
        times = to_timestamp(self.valid_after), to_timestamp(self.valid_before)
        return (self.kind, self.token, self.payee, self.amount, *times, self.nonce, *hashes)

    def transfer(self, wallet: str) -> tuple[str, str, int, int, int, bytes]:
        """Returns the arguments with which the token settles it, without the signature."""
        times = to_timestamp(self.valid_after), to_timestamp(self.valid_before)
        return to_address(wallet), self.payee, self.amount, *times, self.nonce

    def typed_data(self, wallet: str, chain_id: int) -> dict[str, Any]:
        """Returns the EIP-712 typed data of the transfer, in the token's domain."""
        primary = "ReceiveWithAuthorization" if self.kind == AuthorizationKind.RECEIVE else "TransferWithAuthorization"
        message = dict(zip((member["name"] for member in _TRANSFER), self.transfer(wallet), strict=True))
        domain, types = (self.domain.name, self.domain.version), {primary: _TRANSFER}
        return typed_data(domain, chain_id, self.token, types, primary, message)

    def digest(self, wallet: str, chain_id: int) -> bytes:
        """Returns the EIP-712 digest (32 bytes) that the token passes to the wallet (ERC-1271)."""
        return digest_of(self.typed_data(wallet, chain_id))


@dataclass(frozen=True)
class HeldAuthorization:
    """An authorization that was charged and isn't closed. It counts in every window of its currency."""

    currency: bytes
    """keccak256 of the name of the currency that it is charged in."""
    digest: bytes
    """EIP-712 digest that the wallet accepts (32 bytes)."""
    charge: int
    """Its charge (budget base units)."""
    ref: bytes
    """Reference of the payment (32 bytes)."""
    struct: dict[str, Any]
    """The struct `Authorization`, by the names of the contract."""

    @property
    def valid_before(self) -> datetime:
        """End of its validity (UTC, exclusive)."""
        return from_timestamp(self.struct["validBefore"])

    def as_tuple(self) -> tuple[Any, ...]:
        """Returns the authorization as argument of a contract call: the struct `Authorization`."""
        return tuple(self.struct.values())


@dataclass(frozen=True)
class Cheque:
    """An authorization from a cheque book. It needs no transaction of the agent: the payee settles it with `signature`."""

    authorization: Authorization
    slot: int
    """Number of the cheque in its period, from 0."""
    signature: bytes
    """What the payee passes to the token, and the token to the wallet (ERC-1271)."""


def cheque_nonce(wallet: str, token: str, mandate_hash: bytes, period: int, slot: int) -> bytes:
    """Returns the EIP-3009 nonce of a cheque (32 bytes), as the wallet derives it.

    `period` is the number of the period: unix seconds divided by the book's period. `slot` counts from 0.
    """
    types = ["address", "address", "bytes32", "uint256", "uint256"]
    return keccak(encode(types, [to_address(wallet), to_address(token), mandate_hash, period, slot]))


def cheque_signature(authorization: Authorization, slot: int, agent_signature: bytes) -> bytes:
    """Returns the signature of a cheque: `CHEQUE`, the eight words that `IChequeBooks` describes, `agent_signature`."""
    _, token, payee, amount, valid_after, valid_before, _, name_hash, version_hash = authorization.as_tuple()
    types = ["address", "address", *["uint256"] * 4, "bytes32", "bytes32"]
    words = encode(types, [token, payee, amount, valid_after, valid_before, slot, name_hash, version_hash])
    return CHEQUE + words + agent_signature
