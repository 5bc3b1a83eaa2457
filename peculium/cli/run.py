"""Runs a command: parses the arguments, prints the answer or the error, returns the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from peculium.cli.answer import print_error
from peculium.cli.app import app
from peculium.cli.consoles import data_console, talk_console
from peculium.cli.exits import Exit, exit_of
from peculium.errors import InvalidInput, PeculiumError

DEBUG = "PECULIUM_DEBUG"
"""The environment variable that makes a defect of the command line print where it happened."""


def run(arguments: Sequence[str]) -> int:
    """Runs `peculium` with these arguments and returns the exit code. Prints to the standard streams; raises nothing."""
    try:
        with app.make_context("peculium", list(arguments)) as context:
            app.invoke(context)
        return int(Exit.OK)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        talk_console().print("\nInterrupted.", highlight=False)
        return int(Exit.INTERRUPTED)
    except click.ClickException as error:
        return _print(InvalidInput(_sentence(error)), arguments, getattr(error, "ctx", None))
    except PeculiumError as error:
        return _print(error, arguments, None)
    except BrokenPipeError:
        # The reader of the output has ended, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.FAILED)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        talk_console().print(
            f"Defect: peculium failed with {type(error).__name__}, which it should not. Set {DEBUG}=1 to see where, and report "
            "it. If a transaction was under way, look at the account before you repeat the command.",
            style="red",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        return int(Exit.FAILED)


def _print(error: PeculiumError, arguments: Sequence[str], context: click.Context | None) -> int:
    code, as_json = exit_of(error), "--json" in arguments
    name = context.command_path.partition(" ")[2] if context else " ".join(_words(arguments))
    print_error(error, code, name, as_json, data_console(), talk_console())
    return int(code)


def _words(arguments: Sequence[str]) -> list[str]:
    # The names of the command and of its group, without what follows.
    found: list[str] = []
    here: click.Command = app
    for each in arguments:
        if not isinstance(here, click.Group) or each.startswith("-"):
            break
        inner = here.get_command(click.Context(here), each)
        if inner is None:
            break
        found.append(each)
        here = inner
    return found


def _sentence(error: click.ClickException) -> str:
    message = error.format_message()
    message = message if message.endswith("?") else message.rstrip(".") + "."
    context = getattr(error, "ctx", None)
    return f"{message} Try: {context.command_path} --help" if context else message
