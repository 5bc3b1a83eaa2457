"""Run random scenarios against the contracts and the Python model, and report any difference."""

from verification.scenarios.command import cli

__all__ = ["cli"]
