"""What prevents a check from running."""

from __future__ import annotations


class SymbolicError(Exception):
    """The prover is missing, or a property does not fit the sources. The message says what to do."""
