"""Transfers by authorization (EIP-3009) that a payee settles later."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import IntEnum
from typing import Any, Self

from eth_utils import keccak

from peculium.checks import checked_fields
from peculium.json_fields import JsonFields
from peculium.mandate import digest_of, typed_data
from peculium.units import Amount, from_timestamp, to_address, to_base_units, to_bytes32, to_timestamp, to_uint

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


@checked_fields
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


@checked_fields
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

    def as_dict(self) -> dict[str, Any]:
        """Returns the authorization as values that JSON can hold; `from_dict` reads them. The amount is in base units."""
        return {
            "token": self.token,
            "payee": self.payee,
            "amount": str(self.amount),
            "valid_before": to_timestamp(self.valid_before),
            "domain": {"name": self.domain.name, "version": self.domain.version},
            "nonce": "0x" + self.nonce.hex(),
            "valid_after": to_timestamp(self.valid_after),
            "kind": self.kind.name.lower(),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Returns the authorization of `as_dict`. Raises `InvalidInput` if a field is missing, unknown or malformed."""
        found = JsonFields(content, "The authorization", tuple(each.name for each in fields(cls)))
        domain = JsonFields(found.value("domain"), "The domain", ("name", "version"))
        return cls(
            token=found.address("token"),
            payee=found.address("payee"),
            amount=found.large("amount"),
            valid_before=found.time("valid_before"),
            domain=Domain(domain.text("name"), domain.text("version")),
            nonce=found.data("nonce"),
            valid_after=found.time("valid_after"),
            kind=found.member("kind", AuthorizationKind),
        )

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
