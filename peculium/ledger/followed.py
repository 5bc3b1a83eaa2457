"""The wallets that are followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from peculium.errors import InvalidInput
from peculium.ledger.schema import wallets


@dataclass(frozen=True)
class Wallet:
    """A wallet that is followed."""

    id: int
    address: str
    agent_id: int | None
    principal: str
    """Who answered for it in `first_block`."""
    first_block: int
    read_to: int


def followed(connection: Connection, network_id: int) -> list[Wallet]:
    """Returns the wallets of a network, in the order in which they were added."""
    query = _query().where(wallets.c.network_id == network_id).order_by(wallets.c.id)
    return [Wallet(*row) for row in connection.execute(query)]


def wallet_at(connection: Connection, address: str) -> Wallet:
    """Returns the wallet at an address. Raises `InvalidInput` unless it is followed, on one chain only."""
    found = [Wallet(*row) for row in connection.execute(_query().where(wallets.c.address == address))]
    if len(found) > 1:
        raise InvalidInput(f"The ledger follows {address} on {len(found)} chains. Keep a ledger of its own for each.")
    if not found:
        raise InvalidInput(f"The ledger doesn't follow {address}. Call follow(network, [wallet]) first.")
    return found[0]


def _query() -> Select[Any]:
    columns = (
        wallets.c.id,
        wallets.c.address,
        wallets.c.agent_id,
        wallets.c.principal,
        wallets.c.first_block,
        wallets.c.read_to,
    )
    return select(*columns)
