"""The table of commands in the documents is that of the command line."""

from __future__ import annotations

import pytest

from peculium.cli.app import SECTIONS
from toolchain import pictures
from toolchain.commands import BEGIN, END, PAGE, main, table, updated


def test_refuses_a_page_without_a_place_for_the_table():
    with pytest.raises(ValueError, match="has no"):
        updated("# The command line\n")


def test_reports_a_page_that_is_old(tmp_path, monkeypatch, capsys):
    page = tmp_path / "cli.md"
    page.write_text(f"before\n{BEGIN}\n{END}\nafter\n")
    monkeypatch.setattr("toolchain.commands.PAGE", page)
    assert main([]) == 1
    assert "docs/cli.md is old" in capsys.readouterr().out
    assert main(["--update"]) == 0
    assert main([]) == 0
    assert page.read_text().startswith("before")
    assert page.read_text().endswith("after\n")


def test_every_command_is_in_the_table():
    text = table()
    for section in SECTIONS.values():
        for name in section:
            assert f"| `{name}" in text
    assert "| `order sign {pause\\|revoke\\|pause-all\\|revoke-all} [WALLET]` |" in text


def test_page_shows_every_picture():
    text = PAGE.read_text()
    for name in pictures.COMMANDS:
        assert f"](pictures/{name}.svg)" in text


@pytest.mark.slow
def test_pictures_are_those_of_the_commands():
    """Twenty seconds: it starts a devnet, and draws them anew."""
    assert pictures.main([]) == 0
