"""`python -m examples.rogue_agent`."""

from examples.rogue_agent.command import cli

cli(prog_name="python -m examples.rogue_agent")
