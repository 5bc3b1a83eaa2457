"""Keys that sign for an agent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium.checks import cannot_sign
from peculium.contract import Signer
from peculium.errors import InvalidInput
from peculium.mandate import digest_of
from peculium.signatures import low_s, p256_signature
from peculium.units import to_address


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


def key_of(private_key: str) -> Signer:
    """Returns the account of a private key (0x hex). Raises `InvalidInput` for any other text, which it never shows."""
    try:
        account: Signer = Account.from_key(private_key)
    except ValueError:
        raise InvalidInput("The key is no private key. Pass 0x and 64 hex digits, or an account.") from None
    return account


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
