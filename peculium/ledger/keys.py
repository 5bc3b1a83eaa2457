"""The transactions of agent keys: how many there are, and how many the ledger explains."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from peculium.chain.node import Node, Request
from peculium.errors import NodeRefused
from peculium.ledger.balance import KeyUse
from peculium.ledger.logs import arguments_of, from_text
from peculium.ledger.rows import Names
from peculium.ledger.schema import events, transactions, wallets


def read_key_use(connection: Connection, node: Node, names: Names, network_id: int) -> list[KeyUse]:
    """Returns the use of each key that a mandate of the followed wallets has named.

    Counted from the first block of the wallet to the last one that was read.
    """
    rows = connection.execute(
        select(events.c.log, wallets.c.first_block, wallets.c.read_to)
        .join_from(events, wallets)
        .where(wallets.c.network_id == network_id, events.c.name == "MandateInstalled")
    )
    spans: dict[str, tuple[int, int]] = {}
    for log, first, last in rows:
        key = str(arguments_of(from_text(log))["agentKey"])
        earliest, latest = spans.get(key, (first, last))
        spans[key] = min(first, earliest), max(last, latest)
    return [_use(connection, node, names, network_id, key, first, last) for key, (first, last) in spans.items()]


def _use(connection: Connection, node: Node, names: Names, network_id: int, key: str, first: int, last: int) -> KeyUse:
    explained = connection.execute(
        select(func.count())
        .select_from(transactions)
        .where(transactions.c.network_id == network_id, transactions.c.sender == key)
        .where(transactions.c.block >= first, transactions.c.block <= last)
    ).scalar_one()
    counts: list[Request] = [("eth_getTransactionCount", (key, hex(block))) for block in (max(0, first - 1), last)]
    before, after = node.batch(counts)
    unknown = isinstance(before, NodeRefused) or isinstance(after, NodeRefused)
    return KeyUse(key, names.of(key), None if unknown else int(after, 16) - int(before, 16), explained)


def keys_of(connection: Connection, wallet: str) -> set[str]:
    """Returns the agent keys that the mandates of a wallet have named."""
    query = select(events.c.log).join_from(events, wallets).where(wallets.c.address == wallet)
    logs = connection.execute(query.where(events.c.name == "MandateInstalled")).scalars()
    return {str(arguments_of(from_text(log))["agentKey"]) for log in logs}
