"""Arguments in messages: what a value seems to be, and what of it must not be shown."""

from __future__ import annotations

import re
from typing import Any

KEY, PHRASE, NODE, ADDRESS = "a private key", "a seed phrase", "the URL of a node", "an address"
"""What a value can seem to be."""
SECRETS = (KEY, PHRASE)
LONGEST = 60
"""Characters of a value that a message shows."""

_KEY = re.compile(r"\s*(0[xX])?[0-9a-fA-F]{64}\s*")
_ADDRESS = re.compile(r"(0[xX])?[0-9a-fA-F]{40}")
_PHRASE = re.compile(r"\s*([a-z]{3,8}\s+){11,23}[a-z]{3,8}\s*", re.IGNORECASE)
_NODE = re.compile(r"(https?|wss?)://", re.IGNORECASE)
_LONG_HEX = re.compile(r"(0[xX])?[0-9a-fA-F]{41,}")
_USER = re.compile(r"(\w+://)[^\s'\"]*@")
_PATH = re.compile(r"(\w+://)(?:[^/@\s]*@)?([^/\s'\"?#]+)[/?#][^\s'\"]+")
_NUMBER_BITS = 200


def seems(value: Any) -> str | None:
    """Returns what a value seems to be, one of the names above; None for anything else."""
    if isinstance(value, bytes | bytearray):
        return KEY if len(value) == 32 else None
    if hasattr(value, "sign_transaction") or hasattr(value, "sign_typed_data"):
        return KEY
    if not isinstance(value, str):
        return NODE if hasattr(value, "provider") or hasattr(value, "web3") else None
    for kind, pattern in ((KEY, _KEY), (ADDRESS, _ADDRESS), (PHRASE, _PHRASE)):
        if pattern.fullmatch(value):
            return kind
    return NODE if _NODE.match(value) else None


def redacted(text: str) -> str:
    """Returns what a caller has passed without what may be secret: keys, seed phrases, and what follows the host in a URL.

    A key for a node is often in the path of its URL.
    """
    return "[not shown]" if _PHRASE.fullmatch(text) else _PATH.sub(r"\1\2/…", _USER.sub(r"\1", without_keys(text)))


def without_keys(text: str) -> str:
    """Returns a text without hex that is longer than an address, as keys of 32 bytes are."""
    return _LONG_HEX.sub(lambda found: f"[{len(found[0])} characters of hex, not shown]", text)


def shown(value: Any) -> str:
    """Returns an argument for a message: short, in one line, and never a key."""
    if isinstance(value, int) and value.bit_length() > _NUMBER_BITS:
        # It may be a key, and Python refuses to print an `int` of some thousand digits.
        return f"a number of {value.bit_length()} bits"
    if isinstance(value, bytes | bytearray) and len(value) >= 32:
        return f"{len(value)} bytes"
    if isinstance(value, str) and (kind := seems(value)) in SECRETS:
        return f"what looks like {kind} and isn't shown"
    if isinstance(value, str):
        return printable(repr(redacted(value)), LONGEST)
    return printable(redacted(repr(value)), LONGEST) if isinstance(value, int | float | bytes | None) else _kind(value)


def printable(text: str, longest: int) -> str:
    """Returns a text in one line of printable characters, at most `longest` of them."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    short = " ".join(plain.split())
    return short if len(short) <= longest else short[:longest] + "…"


def _kind(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
