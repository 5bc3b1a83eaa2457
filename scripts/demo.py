"""`ape run demo`: an agent pays, goes rogue, is refused and is revoked, on a local chain."""

from examples.rogue_agent.command import cli

__all__ = ["cli"]
