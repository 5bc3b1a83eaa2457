"""Payments, and the references of payments."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils import keccak

from peculium.exceptions import InvalidInput
from peculium.mandate import ZERO_HASH
from peculium.units import Amount


@dataclass(frozen=True)
class Payment:
    """A payment of a batch."""

    token: str
    payee: str
    amount: Amount
    """Whole tokens."""
    ref: bytes | str = ZERO_HASH
    """Reference; see `to_ref`."""


def to_ref(ref: bytes | str) -> bytes:
    """Returns a payment's reference as 32 bytes.

    A text of up to 32 bytes (UTF-8) is padded with zeros, a longer one is replaced by its keccak256. Raises `InvalidInput`
    for bytes of another length than 32.
    """
    if isinstance(ref, str):
        text = ref.encode()
        return text.ljust(32, b"\0") if len(text) <= 32 else keccak(text)
    if len(ref) != 32:
        raise InvalidInput(f"The reference has {len(ref)} bytes; it must have 32. Pass a text as str.")
    return bytes(ref)
