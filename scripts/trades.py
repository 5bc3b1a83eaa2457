"""Measure what a rogue agent can take in trades."""

from toolchain.current_build import needs_current_build
from verification.trades.command import cli as command

cli = needs_current_build(command)
