"""Commands that use the compiled contracts refuse a build that is older than the sources."""

from __future__ import annotations

import functools
from typing import Any

import click

from toolchain.compile import stale


def needs_current_build(command: click.Command) -> click.Command:
    """Returns the command with the check in front. Without it, a deployment would be compared with old code."""
    run = command.callback
    if run is None:
        raise TypeError(f"The command {command.name} has no function to run.")

    @functools.wraps(run)
    def checked(*arguments: Any, **options: Any) -> Any:
        if reason := stale():
            raise click.ClickException(reason)
        return run(*arguments, **options)

    command.callback = checked
    return command
