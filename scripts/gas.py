"""Measure the gas of the main transactions and compare it with the committed figures."""

from toolchain.current_build import needs_current_build
from verification.gas.command import cli as command

cli = needs_current_build(command)
