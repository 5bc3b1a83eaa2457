"""Rows as CSV, and as a journal for hledger."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from decimal import Decimal
from typing import TextIO

from peculium.errors.money import digits
from peculium.ledger.balance import Balance
from peculium.ledger.path import Path
from peculium.ledger.rows import Row

COLUMNS = tuple(each.name for each in fields(Row))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""
_ACCOUNTS = {
    Path.FEE: "expenses:relay fees",
    Path.GAS: "expenses:gas",
    Path.UNEXPLAINED: "expenses:unexplained",
    Path.WITHDRAWAL: "equity:withdrawals",
    Path.PRINCIPAL: "equity:principal's calls",
    Path.DEPOSIT: "equity:deposits",
}
"""The other account, where it isn't that of a payee."""


def write_csv(rows: Iterable[Row], file: TextIO) -> int:
    """Writes rows with a head line, as RFC 4180 says. Returns how many.

    A text that a spreadsheet would take for a formula gets an apostrophe in front: texts are other people's words.
    """
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        values = row.as_dict()
        writer.writerow([_cell(values[name]) for name in COLUMNS])
        count += 1
    return count


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def hledger_lines(rows: Iterable[Row], openings: Iterable[Balance] = ()) -> Iterator[str]:
    """Yields the lines of a journal that hledger reads: a transaction for each row, and one for each opening balance.

    The commodity is the symbol of a token; for tokens that aren't listed, symbol and address.
    """
    yield "; Written by peculium ledger. Times are UTC."
    yield "decimal-mark ."
    yield ""
    held = [each for each in openings if each.opening]
    pending = iter(rows)
    first = next(pending, None)
    day = "1970-01-01" if first is None else f"{first.time:%Y-%m-%d}"
    for each in held:
        unit = each.symbol if each.listed else f"{each.symbol} {each.token}"
        amount = _amount(each.opening or 0, each.whole(each.opening), unit)
        wallet = f"assets:{_account(each.wallet_name or each.wallet)}"
        yield from _transaction(f"{day} * opening balance", wallet, amount, "equity:opening", f"-{amount}")
    if first is not None:
        yield from _of_row(first)
    for row in pending:
        yield from _of_row(row)


def _of_row(row: Row) -> Iterator[str]:
    party = row.party_name or row.party
    note = f" | {_description(row.text)}" if row.text else ""
    amount = _amount(row.base_units, row.amount, row.unit)
    wallet = f"assets:{_account(row.wallet_name or row.wallet)}"
    other = _ACCOUNTS.get(row.path) or f"{'income' if row.incoming else 'expenses'}:{_account(party)}"
    head = f"{row.time:%Y-%m-%d} * ({row.transaction}) {_description(party)}{note}"
    comment = f"row: {row.id}, path: {row.path}, time: {row.time:%H:%M:%S}, block: {row.block}"
    signs = ("", "-") if row.incoming else ("-", "")
    yield from _transaction(f"{head}  ; {comment}", wallet, f"{signs[0]}{amount}", other, f"{signs[1]}{amount}")


def _transaction(head: str, account: str, amount: str, other: str, other_amount: str) -> Iterator[str]:
    yield head
    yield f"    {account}  {amount}"
    yield f"    {other}  {other_amount}"
    yield ""


def _amount(base_units: int, whole: Decimal | None, unit: str) -> str:
    if whole is None:
        return f'{base_units} "base units of {_commodity(unit)}"'
    return f'{digits(whole)} "{_commodity(unit)}"'


def _commodity(unit: str) -> str:
    # In quotes a commodity can have any sign but these.
    return re.sub(r'["\n;]', "'", unit)


def _account(name: str) -> str:
    # Two blanks end an account's name, and a colon begins a part of it.
    return re.sub(r"\s+", " ", re.sub(r"[:;|()\[\]*!]", "-", name)).strip() or "-"


def _description(text: str) -> str:
    # A semicolon begins a comment, and a bar ends the payee.
    return re.sub(r"\s+", " ", re.sub(r"[;|]", ",", text)).strip()
