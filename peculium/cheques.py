"""Cheques: authorizations from a cheque book, which need no transaction of the agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from eth_abi import encode
from eth_utils import keccak

from peculium.authorizations import Authorization
from peculium.errors.text import date
from peculium.json_fields import JsonFields
from peculium.units import to_address, to_timestamp

CHEQUE = keccak(text="Peculium cheque")[:4]
"""The first four bytes of a cheque's signature, by which the wallet tells it from other signatures."""


@dataclass(frozen=True)
class Cheque:
    """An authorization from a cheque book. It needs no transaction of the agent: the payee settles it with `signature`."""

    authorization: Authorization
    slot: int
    """Number of the cheque in its period, from 0."""
    signature: bytes
    """What the payee passes to the token, and the token to the wallet (ERC-1271)."""

    def __str__(self) -> str:
        found = self.authorization
        return (
            f"Cheque {self.slot} of its period: {found.amount} base units of the token {found.token} to {found.payee}, until "
            f"{date(to_timestamp(found.valid_before))}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Returns the cheque as values that JSON can hold, for the payee; `from_dict` reads them."""
        signature = "0x" + self.signature.hex()
        return {"authorization": self.authorization.as_dict(), "slot": self.slot, "signature": signature}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Returns the cheque of `as_dict`. Raises `InvalidInput` if a field is missing, unknown or malformed."""
        found = JsonFields(content, "The cheque", tuple(each.name for each in fields(cls)))
        authorization = Authorization.from_dict(found.value("authorization"))
        return cls(authorization, found.number("slot", 256), found.data("signature"))


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
