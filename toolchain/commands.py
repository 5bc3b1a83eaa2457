"""Writes the table of all commands of `peculium` into `docs/cli.md`.

`python -m toolchain.commands` compares it with the command line and exits with 1 if it is old; `--update` writes it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from peculium.cli.app import SECTIONS, app

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
BEGIN, END = "<!-- commands -->", "<!-- /commands -->"


def table() -> str:
    """Returns the tables, one for each section of the help."""
    return "\n\n".join(f"**{title}**\n\n" + "\n".join(_rows(section)) for title, section in SECTIONS.items())


def updated(text: str) -> str:
    """Returns the page with the tables as they are now. Raises `ValueError` if it has no place for them."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no {BEGIN} … {END}.")
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


def main(arguments: Sequence[str]) -> int:
    """Runs the command. Returns the exit code."""
    before = PAGE.read_text(encoding="utf-8")
    after = updated(before)
    if before == after:
        return 0
    if "--update" in arguments:
        PAGE.write_text(after, encoding="utf-8")
        return 0
    print("docs/cli.md is old: its table lacks or misnames commands. Write it: python -m toolchain.commands --update")
    return 1


def _rows(section: Iterable[str]) -> Iterator[str]:
    yield from ("| command | does |", "| --- | --- |")
    for name in section:
        found = app.get_command(click.Context(app), name)
        assert found is not None, name
        for path, command in _commands(found, name):
            yield f"| `{path}{_arguments(command)}` | {_cell(command.get_short_help_str(300))} |"


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None, name
        yield from _commands(inner, f"{path} {name}")


def _arguments(command: click.Command) -> str:
    words = [each.make_metavar() for each in command.params if isinstance(each, click.Argument)]
    # `dev` passes its arguments on, and has none of its own.
    return "".join(f" {_cell(word)}" for word in words if "ARGUMENTS" not in word)


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
