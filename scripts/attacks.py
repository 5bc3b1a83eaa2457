"""Run every attack and report what it extracted."""

from toolchain.current_build import needs_current_build
from verification.attacks.command import cli as command

cli = needs_current_build(command)
