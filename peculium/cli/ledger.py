"""`peculium ledger`: the account book of wallets."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import RenderableType
from rich.table import Table

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command, group_of
from peculium.cli.exits import Exit
from peculium.cli.folders import config_folder
from peculium.cli.reading import label, short
from peculium.errors import InvalidInput, digits, quote
from peculium.explain.words import length

if TYPE_CHECKING:
    from peculium.ledger import Balance, Ledger, Row, Total

DATABASE = "PECULIUM_LEDGER"
"""The environment variable with the file or the URL of the ledger."""
MISSING = "The ledger needs further packages: pip install 'peculium[ledger]'"
_SPAN = re.compile(r"(\d+)([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_Command = TypeVar("_Command", bound=Callable[..., Any])

ledger = group_of("ledger", "Keep the account book: every movement of your agents' wallets.")


def database_option(function: _Command) -> _Command:
    """Adds the option that names the database."""
    help = f"A file (SQLite), or postgresql://user@host/name. Or {DATABASE}. Default: in your profiles' folder."
    return click.option("--database", metavar="FILE|URL", help=help)(function)


def row_options(function: _Command) -> Any:
    """Adds the options that choose rows, and passes them as one dictionary `wanted`."""
    options = (
        click.option("--since", metavar="TIME", help="From this time on: 2026-12-01, 2026-12-01T08:00, 24h, 7d, 4w."),
        click.option("--until", metavar="TIME", help="Before this time."),
        click.option("--agent", metavar="ADDRESS|NAME", help="Only this wallet."),
        click.option("--payee", metavar="ADDRESS|NAME", help="Only with this other side."),
        click.option("--token", metavar="SYMBOL|ADDRESS", help="Only this token."),
        click.option("--path", "path", metavar="PATH", help="Only this path: direct, call, deposit, …"),
        click.option("--all-tokens", "unlisted", is_flag=True, help="Also tokens that no mandate names."),
    )

    @wraps(function)
    def choose(*arguments: Any, since: str | None, until: str | None, **given: Any) -> Any:
        wanted = {name: given.pop(name) for name in ("agent", "payee", "token", "path", "unlisted")}
        wanted |= {"since": time_of(since), "until": time_of(until)}
        return function(*arguments, wanted=wanted, **given)

    made: Any = choose
    for option in reversed(options):
        made = option(made)
    return made


@command("update", group=ledger)
@click.argument("wallets", nargs=-1, metavar="[WALLET]...")
@click.option("--principal", metavar="ADDRESS|NAME", help="Follow all wallets of this principal.")
@click.option("--first-block", type=click.IntRange(0), help="Read from here. Default: the wallet's creation.")
@click.option("--confirmations", type=click.IntRange(1), help="Read blocks with so many. 1: also the latest.")
@click.option(
    "--journal", "journals", type=click.Path(path_type=Path), multiple=True, help="Copy an agent's journal, too."
)
@database_option
def update(
    caller: Caller,
    wallets: Sequence[str],
    principal: str | None,
    first_block: int | None,
    confirmations: int | None,
    journals: Sequence[Path],
    database: str | None,
) -> Answer:
    """Read what is new on the chain.

    Without WALLET and --principal: what is followed already, or at first all wallets of the account's principal. Can be
    stopped at any time, and goes on from there.
    """
    with opened(caller, database) as found:
        found.follow(caller.network)
        if not (wallets or principal or found.wallets()):
            principal = caller.principal_address
        found.follow(caller.network, wallets, principal, first_block)
        with caller.progress("Reading the chain…"):
            (progress,) = found.update(confirmations=confirmations)
        copied = sum(found.read_journal(path) for path in journals)
        followed = found.wallets()
    wallets_read = f"{len(followed)} wallet{'' if len(followed) == 1 else 's'}"
    said = [f"Read {wallets_read} up to block {progress.block}: {progress.movements} new movements."]
    if progress.undone:
        said.append(f"The chain has replaced its last blocks: {progress.undone} were read again.")
    if journals:
        said.append(f"{copied} texts and refused attempts are new in the journals.")
    result = {"wallets": followed, "progress": progress, "from_journals": copied}
    return Answer(result, said, "peculium ledger show, peculium ledger balance")


@command("show", group=ledger, chain=False)
@row_options
@click.option("--by", type=click.Choice(["day", "agent", "payee"]), help="Sums instead of rows.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--hledger", "form", flag_value="hledger", help="Print a journal for hledger.")
@click.option("--refused", is_flag=True, help="Show refused attempts, which journals have.")
@database_option
def show(
    caller: Caller, wanted: dict[str, Any], by: str | None, form: str | None, refused: bool, database: str | None
) -> Answer:
    """Show movements, or their sums by day, agent or payee."""
    if sum(map(bool, (by, form, refused))) > 1 or (form and caller.as_json):
        raise InvalidInput(
            "Only one of --by, --csv, --hledger, --refused and --json can be the form. Pass one of them."
        )
    with opened(caller, database) as found:
        if form:
            write = found.write_csv if form == "csv" else found.write_hledger
            write(caller.out.file, **wanted)  # type: ignore[arg-type]
            return Answer(None)
        if refused:
            attempts = found.refusals(wanted["since"], wanted["agent"])
            lines = [f"{each.time:%Y-%m-%d %H:%M} {each.action}: {each.message}" for each in attempts]
            return Answer(attempts, lines or ["No journal has a refused attempt."])
        if by:
            totals = {"day": found.by_day, "agent": found.by_agent, "payee": found.by_payee}[by](**wanted)
            return Answer(totals, [_total_table(caller, by, totals)])
        rows = list(found.rows(**wanted))
    if not rows:
        return Answer([], ["There is no such movement."], "peculium ledger update")
    return Answer(rows, [_row_table(caller, rows)], "peculium ledger prove ROW")


@command("balance", group=ledger)
@click.argument("wallet", required=False)
@click.option("--all-tokens", "unlisted", is_flag=True, help="Also tokens that no mandate names.")
@database_option
def balance(caller: Caller, wallet: str | None, unlisted: bool, database: str | None) -> Answer:
    """Compare the ledger with the chain, token by token.

    Ends with 1 if something isn't explained.
    """
    with opened(caller, database) as found:
        found.follow(caller.network)
        balances, keys = found.balance(wallet, unlisted), found.key_use()
    if not balances:
        return Answer({"balances": [], "keys": []}, ["The ledger has no wallet here."], "peculium ledger update")
    said: list[str] = [
        f"The key {each.key_name or short(each.key)} has sent {each.unexplained} transactions that no wallet reports."
        for each in keys
        if each.unexplained
    ]
    problems = [str(each) for each in balances if not each.balances]
    end = Exit.FAILED if problems else Exit.OK
    shown: list[RenderableType] = [_balance_table(caller, balances), *problems, *said]
    return Answer({"balances": balances, "keys": keys}, shown, "peculium ledger report WALLET" if problems else "", end)


@command("chart", group=ledger, chain=False)
@click.argument("wallet")
@click.argument("file", type=click.Path(path_type=Path))
@database_option
def chart(caller: Caller, wallet: str, file: Path, database: str | None) -> Answer:
    """Draw spending against every rolling window into a file, .svg or .png."""
    with opened(caller, database) as found:
        windows = found.chart(caller.address(wallet), file)
    said = [f"Drew {file}. The most that was spent in a window:"]
    said += [f"{digits(each.most)} {each.currency} in {length(each.length)}" for each in windows]
    return Answer({"file": str(file), "windows": windows}, said)


@command("prove", group=ledger)
@click.argument("row", type=int)
@database_option
def prove(caller: Caller, row: int, database: str | None) -> Answer:
    """Print what a third party needs to verify a row; all of it with --json."""
    with opened(caller, database) as found:
        found.follow(caller.network)
        proof = found.prove(row)
    known = [f"transaction {proof.row.transaction}", f"block {proof.row.block} {proof.row.block_hash}"]
    if proof.mandate:
        known.append(f"mandate {proof.mandate['hash']}")
    steps = [f"{number}. {check}" for number, check in enumerate(proof.checks, 1)]
    return Answer(proof, [*known, "How to verify it:", *steps], f"peculium ledger prove {row} --json > proof.json")


@command("report", group=ledger)
@click.argument("wallet")
@click.option("--since", metavar="TIME", help="From this time on: 2026-12-01, 2026-12-01T08:00, 24h, 7d, 4w.")
@database_option
def report(caller: Caller, wallet: str, since: str | None, database: str | None) -> Answer:
    """Report an incident: what the agent tried, what stopped it, what it spent, who answers."""
    with opened(caller, database) as found:
        found.follow(caller.network)
        made = found.report(caller.address(wallet), time_of(since))
    return Answer(made, list(made.lines()))


@contextmanager
def opened(caller: Caller, database: str | None) -> Iterator[Ledger]:
    """Opens the ledger with the names of the profile. Raises `InvalidInput` if its packages aren't installed."""
    try:
        from peculium.ledger import Ledger
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in ("sqlalchemy", "matplotlib"):
            raise
        raise InvalidInput(f"{MISSING} ({error.name} isn't installed).") from None
    place = database or os.environ.get(DATABASE)
    if not place:
        config_folder().mkdir(parents=True, exist_ok=True)
        place = str(config_folder() / "ledger.db")
    with Ledger.open(place, caller.profile.names) as found:
        yield found


def time_of(text: str | None) -> datetime | None:
    """Returns a time: an ISO date or time (UTC unless it says otherwise), or so long ago (24h, 7d, 4w)."""
    if text is None:
        return None
    span = _SPAN.fullmatch(text)
    try:
        if span:
            return datetime.now(UTC) - int(span[1]) * _UNITS[span[2]]
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{quote(text)} is no time. Pass 2026-12-01, 2026-12-01T08:00, or 24h, 7d, 4w.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _row_table(caller: Caller, rows: Sequence[Row]) -> Table:
    table = Table("row", "time", "agent", "amount", "other side", "why", "path", box=None, pad_edge=False)
    table.columns[3].justify = "right"
    for row in rows:
        whole = f"{row.base_units} units" if row.amount is None else digits(row.amount)
        amount = f"{'+' if row.incoming else '-'}{whole} {row.symbol if row.listed else short(row.token)}"
        agent, party = label(caller, row.wallet), label(caller, row.party)
        style = "red" if row.path == "unexplained" else ""
        table.add_row(
            str(row.id), f"{row.time:%m-%d %H:%M}", agent, amount, party, _cell(row.text), row.path, style=style
        )
    return table


def _total_table(caller: Caller, by: str, totals: Sequence[Total]) -> Table:
    table = Table(by, "token", "in", "out", "movements", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for each in totals:
        key = each.key if by == "day" else label(caller, each.key)
        token = each.symbol if each.listed else short(each.token)
        came, left = (_whole(each, units) for units in (each.came, each.left))
        table.add_row(key, token, came, left, str(each.movements))
    return table


def _balance_table(caller: Caller, balances: Sequence[Balance]) -> Table:
    table = Table("agent", "token", "opening", "in", "out", "on chain", "unexplained", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for each in balances:
        amounts = (_whole(each, units) for units in (each.opening, each.came, each.left, each.on_chain))
        apart = None if each.difference is None else abs(each.difference) + each.unexplained_transfers
        token = each.symbol if each.listed else short(each.token)
        style = "" if each.balances else "red"
        table.add_row(label(caller, each.wallet), token, *amounts, _whole(each, apart), style=style)
    return table


def _whole(of: Balance | Total, base_units: int | None) -> str:
    if base_units is None:
        return "unknown"
    whole = of.whole(base_units)
    return f"{base_units} units" if whole is None else digits(whole)


def _cell(text: str) -> Any:
    from rich.text import Text

    # An agent's words aren't markup.
    return Text(text)
