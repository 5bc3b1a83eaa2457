"""Measure the gas of the main transactions and compare it with the committed figures."""

from verification.gas.command import cli

__all__ = ["cli"]
