"""Rows for spreadsheets, for hledger, and as sums."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections import defaultdict
from decimal import Decimal

import pytest

from peculium.ledger import export

AMOUNT = re.compile(r'^    (\S.*?)  (-?[0-9]+(?:\.[0-9]+)?) "([^";]+)"$')
HEAD = re.compile(r"^\d{4}-\d\d-\d\d \* (\(0x[0-9a-f]{64}\) )?[^;]+?(  ; .+)?$")


def hledger(ledger):
    out = io.StringIO()
    ledger.write_hledger(out)
    return out.getvalue()


def sums_of(journal):
    """The sum of each account and commodity, of a journal in which every transaction is well-formed and balances."""
    sums = defaultdict(Decimal)
    first, *transactions = journal.strip().split("\n\n")
    assert first.splitlines()[-1] == "decimal-mark ."
    for transaction in transactions:
        head, *postings = transaction.splitlines()
        assert HEAD.match(head), head
        within = defaultdict(Decimal)
        for posting in postings:
            account, amount, commodity = AMOUNT.match(posting).groups()
            assert "  " not in account
            within[commodity] += Decimal(amount)
            sums[account, commodity] += Decimal(amount)
        assert len(postings) == 2
        assert set(within.values()) == {0}
    return dict(sums)


def test_csv_has_a_line_for_every_row(life, ledger):
    life.all()
    ledger.update()
    out = io.StringIO()
    count = ledger.write_csv(out)
    rows, lines = list(ledger.rows()), list(csv.DictReader(io.StringIO(out.getvalue())))
    assert count == len(rows) == len(lines)
    assert [line["base_units"] for line in lines] == [str(row.base_units) for row in rows]
    assert (lines[4]["text"], lines[4]["path"], lines[4]["incoming"]) == ("INV-1", "direct", "false")


def test_a_reference_that_would_be_a_formula_is_text_in_csv(buyer, ledger):
    buyer.pay("USDC", "supplier", 1, ref='=HYPERLINK("http://x")')
    ledger.update()
    out = io.StringIO()
    ledger.write_csv(out, path="direct")
    (line,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert line["text"] == '\'=HYPERLINK("http://x")'


def test_hledger_transactions_balance_and_add_up_to_the_wallet(life, ledger):
    life.all()
    ledger.update()
    sums = sums_of(hledger(ledger))
    wallet = {unit: amount for (account, unit), amount in sums.items() if account == "assets:buyer"}
    assert wallet == {each.symbol: each.whole(each.on_chain) for each in ledger.balance()}
    assert sums["expenses:supplier", "USDC"] == 23
    assert sums["equity:withdrawals", "USDC"] == 10


@pytest.mark.skipif(not shutil.which("hledger"), reason="hledger isn't installed")
def test_hledger_itself_reads_the_journal(life, ledger, tmp_path):
    life.all()
    ledger.update()
    path = tmp_path / "ledger.journal"
    path.write_text(hledger(ledger))
    command = ["hledger", "-f", path, "balance", "expenses:supplier", "--format", "%(total)"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "23.00 USDC" in run.stdout


def test_words_of_others_do_not_change_the_hledger_journal(buyer, ledger):
    buyer.pay("USDC", "supplier", 1, ref="a ; b | c (d) *")
    ledger.update()
    text = hledger(ledger)
    assert "supplier | a , b , c (d) *  ; row: " in text
    assert sums_of(text)["expenses:supplier", "USDC"] == 1


def test_opening_balances_are_a_transaction(ledger):
    ledger.update()
    (usdc,) = (each for each in ledger.balance() if each.symbol == "USDC")
    opened = type(usdc)(**{**vars(usdc), "opening": 7_500_000})
    lines = "\n".join(export.hledger_lines(ledger.rows(), [opened]))
    assert sums_of(lines)["equity:opening", "USDC"] == Decimal("-7.5")


def test_sums_by_day_agent_and_payee_agree_with_the_rows(life, ledger, time_travel):
    life.pay()
    time_travel(86_400)
    life.promise()
    ledger.update()
    rows = [row for row in ledger.rows() if row.symbol == "USDC"]
    left = sum(row.base_units for row in rows if not row.incoming)
    by_day, by_agent, by_payee = (
        [each for each in found if each.symbol == "USDC"]
        for found in (ledger.by_day(), ledger.by_agent(), ledger.by_payee())
    )
    assert [each.whole(each.left) for each in by_day] == [Decimal("33.5"), Decimal("2.5")]
    assert [(each.name, each.left) for each in by_agent] == [("buyer", left)]
    assert {each.name: each.whole(each.left) for each in by_payee if each.left}["supplier"] == 16
    assert json.dumps([each.as_dict() for each in (*by_day, *by_agent, *by_payee)])


def test_gas_of_a_transaction_with_two_payments_counts_once(life, ledger, agent):
    life.pay()
    ledger.update()
    (gas,) = ledger.gas()
    rows = {row.transaction: row.gas_cost for row in ledger.rows() if not row.incoming}
    assert (gas.payer, gas.transactions, gas.cost) == (agent.address, 3, sum(rows.values()))
