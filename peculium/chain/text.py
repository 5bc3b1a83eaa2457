"""Text of a node or another contract, which isn't this package's."""

from __future__ import annotations

from typing import Any

LONGEST = 300
"""Characters of such a text that an error message quotes."""


def foreign(text: Any) -> str:
    """Returns a foreign text for a message: without control and bidirectional characters, at most `LONGEST` long."""
    plain = "".join(each if each.isprintable() else " " for each in str(text))
    short = " ".join(plain.split())
    return short if len(short) <= LONGEST else short[:LONGEST] + "…"
