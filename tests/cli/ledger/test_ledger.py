"""`peculium ledger`: read, show, compare, draw, prove, report."""

from __future__ import annotations

import csv
import io
import sys

import pytest

from peculium import WalletCall
from peculium.cli.exits import Exit
from peculium.errors import OverLimit


def test_without_a_network_nothing_is_read(peculium):
    ran = peculium("ledger", "update")
    assert (ran.exit, ran.out) == (Exit.USAGE, "")
    assert "No network is named" in ran.talk


def test_a_wallet_that_is_none_is_not_followed(profile, peculium, stranger):
    ran = peculium("ledger", "update", stranger.address)
    assert ran.exit == Exit.USAGE
    assert "is no wallet of the suite" in ran.talk


def test_a_time_that_is_none_is_refused(profile, peculium):
    ran = peculium("ledger", "show", "--since", "yesterday")
    assert ran.exit == Exit.USAGE
    assert '"yesterday" is no time. Pass 2026-12-01' in ran.talk


def test_two_forms_at_once_are_refused(profile, peculium):
    assert peculium("ledger", "show", "--csv", "--json").exit == Exit.USAGE
    assert peculium("ledger", "show", "--csv", "--by", "day").exit == Exit.USAGE


def test_a_missing_package_is_named(profile, peculium, monkeypatch):
    monkeypatch.setitem(sys.modules, "peculium.ledger", None)
    ran = peculium("ledger", "show")
    assert ran.exit != Exit.OK
    monkeypatch.delitem(sys.modules, "peculium.ledger")
    for name in [each for each in sys.modules if each.startswith(("peculium.ledger", "sqlalchemy"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    ran = peculium("ledger", "show")
    assert ran.exit == Exit.USAGE
    assert "pip install 'peculium[ledger]' (sqlalchemy isn't installed)" in ran.talk


def test_an_empty_ledger_says_what_to_do(profile, peculium):
    ran = peculium("ledger", "show")
    assert ran.out == "There is no such movement.\n"
    assert "Next: peculium ledger update" in ran.talk


def test_the_principals_fleet_is_followed_by_default(paid, peculium):
    ran = peculium("ledger", "update")
    assert ran.exit == Exit.OK, ran.talk
    assert "Read 1 wallet up to block" in ran.out
    shown = peculium("ledger", "show", "--path", "direct")
    assert "-12.5 USDC" in shown.out
    assert all(word in shown.out for word in ("research", "shop", "INV-1"))
    again = peculium("ledger", "update", "--json")
    assert again.json["result"]["progress"]["movements"] == 0


def test_rows_and_sums_are_json_csv_and_hledger(paid, peculium):
    peculium("ledger", "update", "research")
    (row,) = peculium("ledger", "show", "--payee", "shop", "--json").json["result"]
    assert (row["amount"], row["text"], row["path"]) == ("12.5", "INV-1", "direct")
    (line,) = csv.DictReader(io.StringIO(peculium("ledger", "show", "--path", "direct", "--csv").out))
    assert line["transaction"] == row["transaction"]
    assert 'expenses:shop  12.5 "USDC"' in peculium("ledger", "show", "--hledger").out
    (total,) = peculium("ledger", "show", "--by", "payee", "--payee", "shop", "--json").json["result"]
    assert (total["name"], total["left"], total["movements"]) == ("shop", "12.5", 1)
    assert "12.5" in peculium("ledger", "show", "--by", "day", "--since", "2020-01-01").out


def test_a_ledger_that_balances_ends_with_0_and_another_with_1(paid, peculium, created, principal, stranger, usdc):
    peculium("ledger", "update")
    assert peculium("ledger", "balance").exit == Exit.OK
    approve = usdc.call_data("approve", stranger.address, 10**9)
    created.wallet.execute(principal, WalletCall(usdc.address, data=approve))
    usdc.send(stranger, "transferFrom", created.wallet.address, stranger.address, 5 * 10**6)
    peculium("ledger", "update")
    ran = peculium("ledger", "balance")
    assert ran.exit == Exit.FAILED
    assert "5 USDC left in transfers that nothing explains" in ran.out
    assert [each["balances"] for each in peculium("ledger", "balance", "--json").json["result"]["balances"]].count(
        False
    ) == 1


def test_a_row_is_proven(paid, peculium):
    peculium("ledger", "update")
    (row,) = peculium("ledger", "show", "--path", "direct", "--json").json["result"]
    ran = peculium("ledger", "prove", row["id"])
    assert f"transaction {row['transaction']}" in ran.out
    assert peculium("ledger", "prove", row["id"], "--json").json["result"]["receipt"]["status"] == "0x1"
    assert peculium("ledger", "prove", 999).exit == Exit.USAGE


def test_the_picture_is_written(paid, peculium, tmp_path):
    peculium("ledger", "update")
    ran = peculium("ledger", "chart", "research", tmp_path / "spending.svg")
    assert "12.5 USD in 24 hours" in ran.out
    assert (tmp_path / "spending.svg").read_text().startswith("<?xml")


def test_the_report_has_the_refused_attempts_of_the_journal(paid, peculium):
    with pytest.raises(OverLimit):
        paid.pay("USDC", "shop", 101)
    ran = peculium("ledger", "update", "--journal", paid.journal.path)
    assert "2 texts and refused attempts are new" in ran.out
    assert "pay: " in peculium("ledger", "show", "--refused").out
    report = peculium("ledger", "report", "research").out
    assert "What was refused: 1" in report
    assert 'direct: 12.5 USDC to shop for "INV-1"' in report
    assert peculium("ledger", "report", "research", "--json").json["result"]["refused"][0]["action"] == "pay"
