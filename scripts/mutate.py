"""Mutate the contracts and report which mutants no test kills."""

from toolchain.current_build import needs_current_build
from verification.mutation.command import cli as command

cli = needs_current_build(command)
