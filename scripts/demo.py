"""An agent pays, goes rogue, tries every way out and is stopped, on a local chain."""

from examples.rogue_agent.demo import cli

__all__ = ["cli"]
