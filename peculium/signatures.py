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


_P, _B = 2**256 - 2**224 + 2**192 + 2**96 - 1, 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""Field and last coefficient of the curve P-256; the other coefficient is -3."""
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def p256_signature(key: bytes, signature: bytes) -> bytes:
    """Returns a P-256 signature as `r` and `s` (32 bytes each), with `s` in the lower half of its range.

    Keys in hardware and key services return either `s`, many of them in DER. A verifier takes the form that is returned
    here. Whatever isn't the signature of a P-256 key (`x` and `y`, 32 bytes each) is returned unchanged.
    """
    numbers = _p256_numbers(signature) if _is_p256(key) else None
    if numbers is None:
        return signature
    r, s = numbers
    return r.to_bytes(32) + min(s, _P256_ORDER - s).to_bytes(32)


def _is_p256(key: bytes) -> bool:
    # Keys of other curves can be as long. Half of all numbers are an `x` of the curve, but only two `y` belong to each.
    x, y = int.from_bytes(key[:32]), int.from_bytes(key[32:])
    return len(key) == 64 and max(x, y) < _P and (y * y - x**3 + 3 * x - _B) % _P == 0


def _p256_numbers(signature: bytes) -> tuple[int, int] | None:
    if len(signature) == 64:
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    elif 8 <= len(signature) <= 72:
        # DER: a sequence (0x30) of two integers (0x02), each with its length.
        second = 4 + signature[3]
        r, s = int.from_bytes(signature[4:second]), int.from_bytes(signature[second + 2 :])
        if signature != _der(r, s):
            return None
    else:
        return None
    return (r, s) if 0 < r < _P256_ORDER and 0 < s < _P256_ORDER else None


def _der(*numbers: int) -> bytes:
    parts = [number.to_bytes(number.bit_length() // 8 + 1) for number in numbers]
    content = b"".join(b"\x02" + bytes([len(part)]) + part for part in parts)
    return b"\x30" + bytes([len(content)]) + content
