"""Run random scenarios against the contracts and the Python model, and report any difference."""

from toolchain.current_build import needs_current_build
from verification.scenarios.command import cli as command

cli = needs_current_build(command)
