"""Keys that sign for an agent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from string import hexdigits
from typing import Any, Protocol

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium.checks import cannot_sign
from peculium.contract import Signer
from peculium.errors import InvalidInput
from peculium.errors.redaction import ADDRESS, KEY, seems
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
        # A key that lacks a digit would be taken for another key.
        account: Signer | None = Account.from_key(private_key.strip()) if seems(private_key) == KEY else None
    except ValueError:
        # Zero, or above the order of the curve.
        account = None
    if account is None:
        raise InvalidInput(f"{_no_key(private_key)} Pass a private key, which is 0x and 64 hex digits, or an account.")
    return account


def _no_key(text: str) -> str:
    # Says what a text seems to be, without the text: it may be a mistyped key.
    if not text.strip():
        return "The key is empty: perhaps its environment variable isn't set."
    found = seems(text)
    if found == ADDRESS:
        return f"The key is an address, {text}, and an address can't sign."
    if found is not None:
        return f"The key looks like {found}, and is no private key."
    if text.endswith(".json") or "/" in text or "\\" in text:
        return "The key looks like the path of a file. Open an encrypted keystore with open_keystore(path, password)."
    if set(text.strip().removeprefix("0x")) <= set(hexdigits):
        return f"The key has {len(text.strip().removeprefix('0x'))} hex digits, so it is no private key."
    return "The key is no private key."


def agent_account_of(key: Signer | AgentSigner | str) -> Signer | AgentSigner:
    """Returns the account of a private key (0x hex), or the account itself. The text of an error never has the key."""
    if isinstance(key, str):
        return key_of(key)
    if not hasattr(key, "address"):
        raise cannot_sign(key)
    return key


def agent_signer_of(key: Signer | AgentSigner | str) -> Signer | AgentSigner:
    """As `agent_account_of`, for a signature that the agent key gives elsewhere if only its address is known here."""
    if isinstance(key, str) and seems(key) == ADDRESS:
        raise InvalidInput(
            f"agent_key is the address {key}, which can't sign. Pass the account or its private key; if the key is on another "
            "machine, use Principal.draft and let the agent sign there."
        )
    return agent_account_of(key)


def agent_address_of(key: Signer | AgentSigner | str) -> str:
    """Returns the address of an agent key, given as address or as account."""
    return to_address(key if isinstance(key, str) else key.address)


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
        """Raises `InvalidInput`: chains accept transactions of secp256k1 keys only."""
        raise InvalidInput(
            "A verified key can't sign transactions. Sign an action with AgentWallet.sign_action and have it relayed."
        )

    def _encode_signature(self, signature: bytes) -> bytes:
        return len(self.signer).to_bytes(2) + self.signer + p256_signature(self.key, signature)


@dataclass(frozen=True)
class _Signed:
    signature: bytes
