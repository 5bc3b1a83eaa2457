"""References of payments."""

from __future__ import annotations

from eth_utils import keccak

from peculium.errors import InvalidInput, clean
from peculium.errors.redaction import shown


def ref_text(ref: bytes) -> str:
    """Returns a reference for people: its text if all of it is printable, "" for none, else 0x hex. It is the agent's words."""
    body = ref.rstrip(b"\0")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "0x" + ref.hex()
    return text if clean(text) == text else "0x" + ref.hex()


def to_ref(ref: bytes | str) -> bytes:
    """Returns a payment's reference as 32 bytes.

    A text of up to 32 bytes (UTF-8) is padded with zeros, a longer one is replaced by its keccak256. Raises `InvalidInput`
    for bytes of another length than 32.
    """
    if isinstance(ref, str):
        text = ref.encode()
        return text.ljust(32, b"\0") if len(text) <= 32 else keccak(text)
    if not isinstance(ref, bytes | bytearray):
        raise InvalidInput(f"The reference is {shown(ref)}, a {type(ref).__name__}. Pass a text, or 32 bytes.")
    if len(ref) != 32:
        raise InvalidInput(f"The reference has {len(ref)} bytes; it must have 32. Pass a text as str.")
    return bytes(ref)
