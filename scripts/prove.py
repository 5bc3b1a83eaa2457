"""Check the symbolic properties, and that each fails on its seeded bug."""

from verification.symbolic.command import cli

__all__ = ["cli"]
