"""Check the symbolic properties, and that each fails on its seeded bug."""

from toolchain.current_build import needs_current_build
from verification.symbolic.command import cli as command

cli = needs_current_build(command)
