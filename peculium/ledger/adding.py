"""Adds a wallet to the ledger, with what happened before its first block as far as later movements are explained by it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, select

from peculium.chain.logs import read_logs
from peculium.ledger.explanation import explain
from peculium.ledger.fleet import entry_point_of
from peculium.ledger.followed import Wallet
from peculium.ledger.logs import Log, topics_of
from peculium.ledger.receipts import read_transactions
from peculium.ledger.schema import wallets
from peculium.ledger.store import Store
from peculium.ledger.writer import Explained, Writer
from peculium.network import Network

EARLIER = ("MandateInstalled", "MandateLifted", "PaymentAuthorized")
"""Events of which the effect lasts: tokens and cheque books of a mandate, and open authorizations."""


class _Nothing:
    # Answers an explanation of events without movements.
    def promised(self, wallet: str, token: str, nonce: str, log: Log) -> None:
        return None

    def deposited(self, wallet: str, log: Log) -> None:
        return None


def add_wallet(store: Store, network: Network, network_id: int, wallet: Wallet, later: bool) -> None:
    """Adds a wallet unless it is followed. `later`: its first block isn't that of its creation.

    The wallet's `id` is ignored.
    """
    entry_point = entry_point_of(network)
    explained = _earlier(network, entry_point, wallet) if later else []
    writer = Writer(network.node, entry_point, network_id, [wallet])
    writer.prepare(store, explained)
    with store.writing() as connection:
        if is_followed(connection, network_id, wallet.address):
            return
        row = {
            "network_id": network_id,
            "address": wallet.address,
            "agent_id": wallet.agent_id,
            "principal": wallet.principal,
            "first_block": wallet.first_block,
            "read_to": wallet.read_to,
        }
        connection.execute(wallets.insert(), row)
        writer.bind(replace(wallet, id=connection.execute(_ids(network_id, wallet.address)).scalar_one()))
        writer.write(connection, explained)


def is_followed(connection: Connection, network_id: int, address: str) -> bool:
    """Whether the ledger follows a wallet of a network."""
    return connection.execute(_ids(network_id, address)).scalar() is not None


def _ids(network_id: int, address: str) -> Select[Any]:
    return select(wallets.c.id).where(wallets.c.network_id == network_id, wallets.c.address == address)


def _earlier(network: Network, entry_point: str, wallet: Wallet) -> list[Explained]:
    topics = [topic for topic, name in topics_of("AgentWallet").items() if name in EARLIER]
    last = min(wallet.first_block - 1, network.node.block_number())
    logs = [Log.of(raw) for raw in read_logs(network.node, wallet.address, [topics], 0, last)]
    sent = read_transactions(network.node, logs)
    together: dict[str, list[Log]] = defaultdict(list)
    for log in logs:
        together[log.transaction].append(log)
    return [
        Explained(wallet.address, sent[transaction], explain(wallet.address, entry_point, some, _Nothing()), [])
        for transaction, some in together.items()
    ]
