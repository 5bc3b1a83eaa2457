"""Run every attack and report what it extracted."""

from verification.attacks.command import cli

__all__ = ["cli"]
