"""The report of an incident: what an agent tried, what stopped it, what it spent, and who answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from peculium.chain.refusals import decode_refusal
from peculium.errors import quote
from peculium.errors.money import digits
from peculium.errors.text import date
from peculium.ledger.balance import KeyUse
from peculium.ledger.followed import wallet_at
from peculium.ledger.journals import Refused
from peculium.ledger.logs import Log, arguments_of, from_text
from peculium.ledger.path import AGENTS, Path
from peculium.ledger.rows import NO_TEXT, Names, Row
from peculium.ledger.schema import events, transactions
from peculium.plain import as_plain
from peculium.units import from_timestamp, to_timestamp

_STOPS = {
    "AgentPaused": "paused",
    "AgentUnpaused": "unpaused",
    "AgentRevoked": "revoked",
    "AllPaused": "all agents of the principal paused",
    "AllUnpaused": "all agents of the principal unpaused",
    "AllRevoked": "all agents of the principal revoked",
    "MandateInstalled": "a mandate was installed",
    "MandateLifted": "the mandate was lifted",
    "HandOverOffered": "the wallet was offered to another principal",
    "HandedOver": "the wallet was handed over",
    "AllRefused": "all requests were refused and all signatures ended",
    "OperationStopped": "a user operation was stopped",
}
_TRIED = {
    "PaymentRequested": "asked for a payment",
    "CallRequested": "asked for a call",
    "PaymentAuthorized": "authorized a payment",
    "CallMade": "made a call",
}


@dataclass(frozen=True)
class Incident:
    """Something that happened to the wallet besides movements."""

    time: datetime
    what: str
    by: str | None
    """Who sent the transaction."""
    by_name: str | None
    detail: str
    transaction: str


@dataclass(frozen=True)
class Report:
    """What happened to a wallet since a time."""

    wallet: str
    wallet_name: str | None
    since: datetime
    read_to: int
    """The last block that was read."""
    answering: tuple[tuple[str, str | None], ...]
    """Addresses and names of the principals that answered, in order."""
    tried: tuple[Incident, ...]
    """What the agent asked for, authorized and called."""
    refused: tuple[Refused, ...]
    """What was refused, as far as a journal was read."""
    stops: tuple[Incident, ...]
    """What stopped or restricted it, or let it act again."""
    spent: tuple[Row, ...]
    """What the agent spent by itself."""
    others: tuple[Row, ...]
    """What moved otherwise: deposits, withdrawals, approved requests."""
    unexplained: tuple[Row, ...]
    """What left without any report of the wallet."""
    keys: tuple[KeyUse, ...]
    """Transactions of the agent's keys."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it as values that JSON can hold."""
        plain: dict[str, Any] = {
            name: as_plain(getattr(self, name))
            for name in ("wallet", "wallet_name", "since", "read_to", "tried", "stops")
        }
        plain["answering"] = [{"principal": address, "name": name} for address, name in self.answering]
        for name in ("refused", "spent", "others", "unexplained", "keys"):
            plain[name] = [each.as_dict() for each in getattr(self, name)]
        return plain

    def lines(self) -> Iterator[str]:
        """Yields the report as text."""
        since = f"since {_when(self.since)}" if to_timestamp(self.since) else "since its creation"
        yield f"Report on {self.wallet_name or self.wallet} {since}, read up to block {self.read_to}."
        yield "Who answers: " + ", then ".join(name or address for address, name in self.answering) + "."
        yield from _section("What it tried", [_incident(each) for each in self.tried])
        yield from _section("What was refused", [_refused(each) for each in self.refused])
        yield from _section("Mandates and stops", [_incident(each) for each in self.stops])
        yield from _section("What it spent", [_row(each) for each in self.spent])
        yield from _section("What moved otherwise", [_row(each) for each in self.others])
        yield from _section("What nothing explains", [_row(each) for each in self.unexplained])
        for key in self.keys:
            unknown = "an unknown number of" if key.unexplained is None else str(key.unexplained)
            yield f"The key {key.key_name or key.key}: {key.explained} transactions explained, {unknown} not."


def make_report(
    connection: Connection,
    names: Names,
    wallet: str,
    since: int,
    rows: list[Row],
    refused: list[Refused],
    keys: list[KeyUse],
) -> Report:
    """Returns the report of a wallet. `rows`, `refused` and `keys` are its own, since the time."""
    followed = wallet_at(connection, wallet)
    answering: list[tuple[str, str | None]] = [(followed.principal, names.of(followed.principal))]
    tried: list[Incident] = []
    stops: list[Incident] = []
    query = (
        select(events.c.time, events.c.name, events.c.log, transactions.c.sender)
        .join_from(events, transactions)
        .where(events.c.wallet_id == followed.id)
        .order_by(events.c.block, events.c.log_index)
    )
    for time, name, text, sender in connection.execute(query):
        log = from_text(text)
        if name == "HandedOver":
            owner = log.address_at(2)
            # Only those who answered within the time.
            answering = [*(answering if time >= since else []), (owner, names.of(owner))]
        if time >= since and (name in _STOPS or name in _TRIED or _failed(name, log)):
            what = _STOPS.get(name) or _TRIED.get(name) or "a user operation failed"
            place = from_timestamp(time), what, sender, names.of(sender), _detail(name, log), log.transaction
            (tried if name in _TRIED else stops).append(Incident(*place))
    return Report(
        wallet,
        names.of(wallet),
        from_timestamp(since),
        followed.read_to,
        tuple(answering),
        tuple(tried),
        tuple(refused),
        tuple(stops),
        tuple(each for each in rows if each.path in AGENTS and not each.incoming),
        tuple(each for each in rows if each.path not in (*AGENTS, Path.UNEXPLAINED) or each.incoming),
        tuple(each for each in rows if each.path is Path.UNEXPLAINED),
        tuple(keys),
    )


def since_of(moment: datetime | int | None) -> int:
    """Returns a time as unix seconds; without one, the beginning."""
    return 0 if moment is None else to_timestamp(moment)


def _failed(name: str, log: Log) -> bool:
    return name == "UserOperationEvent" and not log.word(1)


def _detail(name: str, log: Log) -> str:
    if name == "OperationStopped":
        return str(decode_refusal(bytes(arguments_of(log)["reason"])))
    if name in ("MandateInstalled", "MandateLifted"):
        return log.topics[1]
    return ""


def _section(title: str, lines: list[str]) -> Iterator[str]:
    yield ""
    yield f"{title}: {len(lines) or 'nothing'}"
    yield from (f"  {line}" for line in lines)


def _when(moment: datetime) -> str:
    return date(to_timestamp(moment))


def _incident(incident: Incident) -> str:
    detail = f": {incident.detail}" if incident.detail else ""
    return f"{_when(incident.time)} {incident.what}{detail} (sent by {incident.by_name or incident.by})"


def _refused(refused: Refused) -> str:
    return f"{_when(refused.time)} {refused.action}: {refused.message}"


def _row(row: Row) -> str:
    amount = f"{row.base_units} base units of" if row.amount is None else digits(row.amount)
    way = "from" if row.incoming else "to"
    ref = f" ({NO_TEXT})" if row.text == NO_TEXT else f" for {quote(row.text)}" if row.text else ""
    return f"{_when(row.time)} {row.path}: {amount} {row.unit} {way} {row.party_name or row.party}{ref} (row {row.id})"
