"""What all commands have in common."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from rich.table import Table

from peculium.cli.app import SECTIONS, app
from peculium.cli.consoles import data_console
from peculium.cli.exits import Exit, exit_of
from peculium.errors import AgentIsPaused, InvalidInput, NodeUnreachable, OutcomeUnknown, PaymentLimitExceeded

COMMANDS = [name for section in SECTIONS.values() for name in section]


def commands(group=app, path=()):
    """Every command that isn't a group, with its path."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))
        else:
            yield (*path, name), found


@pytest.mark.parametrize("name", COMMANDS)
def test_overview_says_what_the_command_says(name):
    summary = next(section[name][1] for section in SECTIONS.values() if name in section)
    assert app.get_command(click.Context(app), name).get_short_help_str(200) == summary


@pytest.mark.parametrize("path", [path for path, _ in commands() if path != ("dev",)])
def test_every_command_has_help_and_json(peculium, path):
    ran = peculium(*path, "--help")
    assert ran.exit == Exit.OK
    assert "--json" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_unknown_command_names_the_likely_one(peculium):
    ran = peculium("acount")
    assert (ran.exit, ran.out) == (Exit.USAGE, "")
    assert "Did you mean 'account'?" in ran.talk


def test_unknown_subcommand_names_the_likely_one(peculium):
    assert "Did you mean 'list'?" in peculium("account", "lst").talk


def test_error_is_json_for_programs(peculium):
    ran = peculium("name", "--json", "nobody")
    assert ran.exit == ran.json["exit"] == Exit.USAGE
    assert (ran.json["format"], ran.json["command"], ran.json["ok"]) == (1, "name", False)
    assert ran.json["error"]["code"] == "InvalidInput"
    assert ran.talk == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput("?"), Exit.USAGE),
        (PaymentLimitExceeded(), Exit.REFUSED),
        (AgentIsPaused(), Exit.STOPPED),
        (NodeUnreachable("?"), Exit.UNREACHABLE),
        (OutcomeUnknown("?"), Exit.UNKNOWN),
    ],
)
def test_exit_code_says_what_kind_of_end_it_is(error, code):
    assert exit_of(error) is code


def test_defect_is_named_as_such_without_a_traceback(peculium, monkeypatch):
    monkeypatch.setattr("peculium.cli.profile.profiles", lambda: 1 / 0)
    ran = peculium("profile")
    assert ran.exit == Exit.FAILED
    assert "Defect: peculium failed with ZeroDivisionError" in ran.talk
    assert "Traceback" not in ran.talk


def test_help_starts_without_the_chain():
    """So that it appears at once."""
    code = (
        "import sys; from peculium.cli.run import run; run(['--help']); print([m for m in sys.modules if m == 'web3'])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_words_in_a_table_are_no_markup():
    """Names of tokens and references are other people's words."""
    console = data_console()
    with console.capture() as captured:
        console.print(Table("[/x]", "[green]0[/green] :smile:"))
    assert "[/x]" in captured.get()
    assert "[green]0[/green] :smile:" in captured.get()
