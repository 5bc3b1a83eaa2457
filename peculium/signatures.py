"""Signatures in the form that the contracts accept."""

from __future__ import annotations

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of the curve secp256k1."""


def low_s(signature: bytes) -> bytes:
    """Returns a secp256k1 signature with `s` in the lower half of its range, as the contracts require.

    Some devices and key services don't lower it. Other signatures are returned unchanged.
    """
    s = int.from_bytes(signature[32:64])
    if len(signature) != 65 or signature[64] not in (27, 28) or not _ORDER // 2 < s < _ORDER:
        return signature
    return signature[:32] + (_ORDER - s).to_bytes(32) + bytes([55 - signature[64]])
