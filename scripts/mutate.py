"""Mutate the contracts and report which mutants no test kills."""

from verification.mutation.command import cli

__all__ = ["cli"]
