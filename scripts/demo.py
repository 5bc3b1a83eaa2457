"""`ape run demo`: an agent pays, goes rogue, is refused and is revoked, on a local chain."""

from examples.rogue_agent.command import cli as command
from toolchain.current_build import needs_current_build

cli = needs_current_build(command)
