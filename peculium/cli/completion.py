"""`peculium completion`: for shells."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from peculium.cli.answer import Answer
from peculium.cli.app import app
from peculium.cli.caller import Caller
from peculium.cli.command import command

FILES = {
    "bash": 'eval "$(peculium completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(peculium completion zsh)" in ~/.zshrc',
    "fish": "peculium completion fish > ~/.config/fish/completions/peculium.fish",
}


@command(chain=False)
@click.argument("shell", type=click.Choice(sorted(FILES)))
def completion(caller: Caller, shell: str) -> Answer:
    """Print the completion of a shell: bash, zsh or fish."""
    kind = get_completion_class(shell)
    assert kind is not None, shell
    script = kind(app, {}, "peculium", "_PECULIUM_COMPLETE").source()
    return Answer({"shell": shell, "script": script}, [script], FILES[shell])
