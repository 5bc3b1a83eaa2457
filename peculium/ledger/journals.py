"""What journals of agents know beyond the chain: the texts of references, and refused attempts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from peculium.errors import InvalidInput, clean
from peculium.journal import Journal
from peculium.ledger.rows import Names
from peculium.ledger.schema import movements, networks, refusals, texts, wallets
from peculium.plain import as_plain
from peculium.units import from_timestamp, to_timestamp


@dataclass(frozen=True)
class Refused:
    """An attempt of an agent that a contract refused. Nothing was sent, and nothing moved."""

    time: datetime
    wallet: str
    wallet_name: str | None
    action: str
    """Name of the wallet's function."""
    error: dict[str, Any]
    """As `PeculiumError.as_dict` gives it: code, message, amount, limit, currency and more."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it as values that JSON can hold."""
        found: dict[str, Any] = as_plain(self)
        return found

    @property
    def message(self) -> str:
        """Why it was refused."""
        return clean(str(self.error.get("message", "")))


def copy_journal(connection: Connection, journal: Journal) -> int:
    """Copies what the journal has about the followed wallets. Returns how much of it is new."""
    return _copy_texts(connection, journal) + _copy_refusals(connection, journal)


def _copy_texts(connection: Connection, journal: Journal) -> int:
    known = set(connection.execute(select(texts.c.ref)).scalars())
    on_chain = set(connection.execute(select(movements.c.ref).distinct()).scalars())
    found = [
        {"ref": ref, "text": text}
        for ref in sorted(each for each in on_chain - known if each is not None)
        if (text := journal.text_of(bytes.fromhex(ref[2:]))) is not None
    ]
    if found:
        connection.execute(texts.insert(), found)
    return len(found)


def _copy_refusals(connection: Connection, journal: Journal) -> int:
    copied = 0
    query = select(wallets.c.id, wallets.c.address, networks.c.chain_id).join_from(wallets, networks)
    for wallet_id, address, chain_id in connection.execute(query).all():
        columns = refusals.c.tried_at, refusals.c.action
        known = {tuple(row) for row in connection.execute(select(*columns).where(refusals.c.wallet_id == wallet_id))}
        new = {
            (each.tried_at.isoformat(), each.action): {
                "wallet_id": wallet_id,
                "time": int(each.tried_at.timestamp()),
                "tried_at": each.tried_at.isoformat(),
                "action": each.action,
                "error": json.dumps(each.error),
            }
            for each in journal.refusals(int(chain_id), address)
        }
        rows = [row for key, row in new.items() if key not in known]
        if rows:
            connection.execute(refusals.insert(), rows)
        copied += len(rows)
    return copied


def read_refusals(
    connection: Connection, names: Names, since: datetime | int | None, agent: str | None
) -> Iterator[Refused]:
    """Yields refused attempts, oldest first."""
    query = select(refusals, wallets.c.address).join_from(refusals, wallets).order_by(refusals.c.tried_at)
    if since is not None:
        query = query.where(refusals.c.time >= to_timestamp(since))
    if agent is not None:
        query = query.where(wallets.c.address == names.address(agent))
    for row in connection.execute(query).mappings():
        address = row["address"]
        yield Refused(from_timestamp(row["time"]), address, names.of(address), row["action"], json.loads(row["error"]))


def open_journal(path: Path) -> Journal:
    """Opens the journal of an agent. Raises `InvalidInput` if there is none: an empty one isn't made by mistake."""
    if not path.is_file():
        raise InvalidInput(f"There is no journal {path}. Pass the file that the agent was given as journal.")
    return Journal(path)
