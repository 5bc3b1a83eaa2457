"""Findings about evidence: a sentence each, and whether it was shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peculium.errors import quote


@dataclass(frozen=True)
class Finding:
    """A sentence about evidence."""

    text: str
    held: bool | None
    """Whether it was verified (True), says what is wrong (False), or says what can't be verified here (None)."""


def either(held: bool, right: str, wrong: str) -> Finding:
    """Returns the sentence that applies."""
    return Finding(right if held else wrong, bool(held))


def same(claim: str, stated: Any, found: Any, where: str) -> Finding:
    """Compares an entry of the evidence, named by its place such as `agent.uri`, with what the chain says."""
    # A bool is an int in Python, and JSON tells them apart.
    held = type(stated) is type(found) and stated == found
    return either(
        held,
        f"{claim} is what the chain says {where}.",
        f"{claim} is {_text(stated)}, but the chain says {_text(found)} {where}.",
    )


def _text(value: Any) -> str:
    # Hashes are shown: nothing in evidence is secret.
    return quote(value) if isinstance(value, str) else str(value)
