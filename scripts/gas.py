"""Measure the gas of the main scenarios."""

from verification.gas.command import cli

__all__ = ["cli"]
