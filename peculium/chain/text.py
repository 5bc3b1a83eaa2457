"""Text of a node or another contract, which isn't this package's."""

from __future__ import annotations

from typing import Any

from peculium.errors import printable

LONGEST = 300
"""Characters of such a text that an error message quotes."""


def foreign(text: Any) -> str:
    """Returns a foreign text for a message: without control and bidirectional characters, at most `LONGEST` long."""
    return printable(str(text), LONGEST)
