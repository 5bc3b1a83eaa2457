"""EIP-712 hashes with names instead of addresses, and fast signatures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from eth_account import Account
from eth_hash.auto import keccak
from eth_keys.datatypes import PrivateKey

from peculium.mandate import MANDATE_TYPES
from peculium.operations import OPERATION_TYPES
from verification.scenarios.chain.codec import Codec, word

DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
TYPES = {
    **{
        name: ", ".join(f"{member['type']} {member['name']}" for member in members)
        for name, members in {**MANDATE_TYPES, **OPERATION_TYPES}.items()
    },
    "Action": "bytes32 mandateHash, bytes action, address relayer, address feeToken, uint256 fee, uint256 minGas, uint48 deadline, uint256 nonce",
    "Request": "address token, address payee, uint256 amount, bytes32 ref, uint48 expiresAt",
    "RequestApproval": "uint32 round, uint8 slot, Request request, uint48 askedAt, uint256 nonce, uint256 deadline",
    "CallRequest": "address target, uint256 value, bytes data, address pullToken, uint256 pull, uint256 minGas, bytes32 ref, uint48 expiresAt",
    "CallApproval": "uint32 round, uint8 slot, CallRequest request, uint48 askedAt, uint256 nonce, uint256 deadline",
    "Call": "address target, uint256 value, bytes data",
    "Execute": "Call[] calls, uint256 minGas, uint256 nonce, uint256 deadline",
    "Pause": "address principal, address wallet, uint256 nonce",
    "Revoke": "address principal, address wallet, uint256 nonce",
    "PauseAll": "address principal, uint64 epoch, uint256 nonce",
    "RevokeAll": "address principal, uint64 epoch, uint256 nonce",
    "TransferWithAuthorization": "address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce",
    "ReceiveWithAuthorization": "address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce",
    "AgentWalletSet": "uint256 agentId, address newWallet, address owner, uint256 deadline",
    "AgentEnrollment": "address principal, address wallet, string agentURI, bytes32 statementHash, uint64 epoch, uint256 deadline",
}
"""The members of every signed struct."""

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order of the group of secp256k1."""


class Hasher:
    """Hashes structs in which names stand for addresses."""

    def __init__(self, codec: Codec, chain_id: int) -> None:
        self.codec, self.chain_id = codec, chain_id
        self.members = {name: [part.split() for part in text.split(", ")] for name, text in TYPES.items()}
        self.type_hashes = {name: keccak(self._encode_type(name).encode()) for name in TYPES}
        self.separators: dict[tuple[str, str, str], bytes] = {}

    def _encode_type(self, name: str) -> str:
        found = [name]
        for each in found:
            inner = (kind.removesuffix("[]") for kind, _ in self.members[each])
            found += [kind for kind in inner if kind in TYPES and kind not in found]
        parts = [found[0], *sorted(found[1:])]
        return "".join(f"{each}({','.join(' '.join(member) for member in self.members[each])})" for each in parts)

    def struct(self, name: str, *values: Any) -> bytes:
        """The hash of a struct, given its members in order."""
        parts = [self.type_hashes[name]]
        for (kind, _), value in zip(self.members[name], values, strict=True):
            parts.append(self.member(kind, value))
        return keccak(b"".join(parts))

    def member(self, kind: str, value: Any) -> bytes:
        """Encodes one member of a struct. Bytes in place of a struct or a list are taken as its hash."""
        if kind.endswith("[]"):
            if isinstance(value, bytes):
                return value
            return keccak(b"".join([self.member(kind[:-2], each) for each in value]))
        if kind in TYPES:
            return value if isinstance(value, bytes) else self.struct(kind, *value)
        if kind == "string":
            return keccak(value.encode())
        if kind == "bytes":
            return keccak(value)
        return self.codec.leaf(kind)(value)

    def digest(self, domain: tuple[str, str], contract: str, struct_hash: bytes) -> bytes:
        """The EIP-712 digest of a struct in the domain (name, version) of a contract."""
        key = (*domain, contract)
        if key not in self.separators:
            name, version = (keccak(part.encode()) for part in domain)
            parts = (keccak(DOMAIN.encode()), name, version, word(self.chain_id), self.codec.words[contract])
            self.separators[key] = keccak(b"".join(parts))
        return keccak(b"\x19\x01" + self.separators[key] + struct_hash)


@cache
def _fixed_point() -> tuple[int, int, int]:
    # A signature with secret 1 reveals the nonce k of its point: k = (z + r) / s.
    z = int.from_bytes(keccak(b"fuzz"))
    signature = PrivateKey(word(1)).sign_msg_hash(word(z))
    inverse = signature.s * pow(z + signature.r, -1, ORDER) % ORDER
    return signature.r, signature.v, inverse


def sign(secret: int, digest: bytes) -> bytes:
    """A signature of 65 bytes.

    Every signature uses the same k, which takes microseconds but reveals the secret: these keys are for tests only.
    """
    r, parity, inverse = _fixed_point()
    s = inverse * (int.from_bytes(digest) + r * secret) % ORDER
    if s > ORDER // 2:
        s, parity = ORDER - s, 1 - parity
    return word(r) + word(s) + bytes([27 + parity])


def key_of(name: str) -> tuple[int, str]:
    """The secret and the address of an account, derived from its name."""
    secret = keccak(f"fuzz {name}".encode())
    return int.from_bytes(secret), str(Account.from_key(secret).address)


def secrets_of(names: Mapping[str, Any]) -> dict[str, int]:
    """The secrets of accounts by their names."""
    return {name: key_of(name)[0] for name in names}
