"""Mandates from the command line: explained and compared."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from peculium.cli.exits import Exit
from peculium.mandate.toml import dump_mandate


@pytest.fixture
def file(tmp_path):
    """Writes a mandate to a file."""

    def write(mandate, name="mandate.toml", change=lambda text: text):
        path = tmp_path / name
        path.write_text(change(dump_mandate(mandate)))
        return path

    return write


def test_typo_in_a_file_names_the_line(peculium, profile, new_mandate, file):
    path = file(new_mandate(), change=lambda text: text.replace("per_payment", "per_paymnt"))
    ran = peculium("mandate", "explain", path)
    assert ran.exit == Exit.USAGE
    assert "per_paymnt" in ran.talk
    assert "line " in ran.talk.lower()


def test_missing_file_is_named(peculium, profile):
    ran = peculium("mandate", "explain", "nowhere.toml")
    assert ran.exit == Exit.USAGE
    assert "nowhere.toml" in ran.talk


def test_neither_file_nor_wallet(peculium, profile):
    ran = peculium("mandate", "explain", "bott")
    assert ran.exit == Exit.USAGE
    assert '"bott" is neither a file nor a wallet.' in ran.talk


def test_wallet_without_a_mandate(peculium, bot):
    bot.wallet.lift_mandate(bot.principal)
    ran = peculium("mandate", "explain", "bot")
    assert ran.exit == Exit.REFUSED
    assert "mandate" in ran.talk


def test_file_is_explained_with_the_worst_case(peculium, profile, new_mandate, file):
    ran = peculium("mandate", "explain", file(new_mandate()))
    assert ran.exit == Exit.OK
    assert "It can take at most 500 USD at once, 500 in any 24 hours, 10000 ever." in ran.out
    assert "payee (0x" in ran.out


def test_file_is_explained_without_a_chain(peculium, new_mandate, file):
    assert "10000 ever" in peculium("mandate", "explain", file(new_mandate())).out


def test_standard_input_is_a_file(peculium, profile, new_mandate, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(dump_mandate(new_mandate())))
    assert "10000 ever" in peculium("mandate", "explain", "-").out


def test_wallet_is_explained_as_it_stands_now(peculium, bot, usdc, payee):
    bot.wallet.pay(bot.agent, usdc.address, payee.address, 100)
    assert "It can take at most 400 USD now" in peculium("mandate", "explain", "bot").out
    peculium("pause", "bot", "--yes")
    out = peculium("mandate", "explain", "bot").out
    assert "It can take at most 0 USD now" in out
    assert "It is stopped." in out


def test_diff_of_the_same_mandate_is_empty(peculium, bot, file):
    ran = peculium("mandate", "diff", "bot", file(bot.mandate))
    assert ran.out == "Both mandates are the same.\n"


def test_diff_shows_the_worst_case_first(peculium, bot, file):
    (budget,) = bot.mandate.budgets
    wider = replace(bot.mandate, budgets=(replace(budget, payment_limit=200, lifetime_limit=5_000),))
    ran = peculium("mandate", "diff", "bot", file(wider))
    lines = ran.out.splitlines()
    assert lines[0] == "- At most USD ever: 5000 instead of 10000."
    assert any(line.startswith("+ ") and "200" in line for line in lines[1:])
    fields = {each["field"] for each in peculium("mandate", "diff", "bot", file(wider), "--json").json["result"]}
    assert fields == {"worst_case.USD.ever", "budget.USD.per_payment", "budget.USD.ever"}
