"""Commands refuse a build that is older than the contracts."""

import click
import pytest
from click.testing import CliRunner

from toolchain import current_build


@pytest.fixture
def command():
    """A command that prints a word."""

    @click.command()
    def cli():
        click.echo("done")

    return current_build.needs_current_build(cli)


def test_refuses_a_stale_build(command, monkeypatch):
    monkeypatch.setattr(current_build, "stale", lambda: "The build is older than contracts/A.sol. Run `make compile`.")
    result = CliRunner().invoke(command)
    assert result.exit_code == 1
    assert result.output == "Error: The build is older than contracts/A.sol. Run `make compile`.\n"


def test_runs_on_a_current_build(command, monkeypatch):
    monkeypatch.setattr(current_build, "stale", lambda: None)
    assert CliRunner().invoke(command).output == "done\n"
