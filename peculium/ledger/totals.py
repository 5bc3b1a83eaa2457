"""Sums of movements by day, agent or payee, and the gas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping

from peculium.ledger.rows import Names, Wanted, selected
from peculium.plain import as_plain
from peculium.units import from_base_units, from_timestamp

Key = Callable[[RowMapping], str]


@dataclass(frozen=True)
class Total:
    """One token on one day, of one agent, or with one payee. Amounts are base units."""

    key: str
    """The day (UTC), or an address."""
    name: str | None
    """The name of the address."""
    token: str
    symbol: str
    listed: bool
    decimals: int | None
    came: int
    left: int
    movements: int

    def whole(self, base_units: int) -> Decimal | None:
        """Returns an amount in whole tokens; None if the token doesn't report its decimals."""
        return None if self.decimals is None else from_base_units(base_units, self.decimals)

    def as_dict(self) -> dict[str, Any]:
        """Returns it as values that JSON can hold: amounts in whole tokens, and in base units (text)."""
        return {
            **as_plain(self),
            "came": as_plain(self.whole(self.came)),
            "left": as_plain(self.whole(self.left)),
            "came_base_units": str(self.came),
            "left_base_units": str(self.left),
        }


@dataclass(frozen=True)
class GasUse:
    """What somebody paid for the gas of a wallet's movements. A transaction with several counts once."""

    wallet: str
    wallet_name: str | None
    payer: str
    payer_name: str | None
    cost: Decimal
    """Whole native currency."""
    transactions: int
    """Transactions and user operations."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it as values that JSON can hold."""
        found: dict[str, Any] = as_plain(self)
        return found


def day_of(row: RowMapping) -> str:
    """The day of a movement in UTC (ISO 8601)."""
    return from_timestamp(row["time"]).date().isoformat()


def agent_of(row: RowMapping) -> str:
    """The wallet of a movement."""
    return str(row["wallet"])


def payee_of(row: RowMapping) -> str:
    """The other side of a movement."""
    return str(row["party"])


def add_up(connection: Connection, names: Names, wanted: Wanted, key: Key) -> list[Total]:
    """Returns a total for each key and token, in the order of the keys."""
    sums: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    tokens: dict[int, RowMapping] = {}
    for row in _streamed(connection, names, wanted):
        entry = sums[key(row), row["token_id"]]
        entry[0 if row["incoming"] else 1] += row["amount"]
        entry[2] += 1
        # A token that one wallet names isn't foreign.
        if row["token_id"] not in tokens or row["listed"]:
            tokens[row["token_id"]] = row
    found = []
    for (each, token_id), (came, left, count) in sorted(sums.items()):
        token = tokens[token_id]
        place = token["token"], token["symbol"], token["listed"], token["decimals"]
        found.append(Total(each, names.of(each), *place, came, left, count))
    return found


def gas_uses(connection: Connection, names: Names, wanted: Wanted) -> list[GasUse]:
    """Returns who paid for the gas of each wallet's own movements. What others sent to it isn't counted."""
    costs: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in _streamed(connection, names, wanted):
        if not row["incoming"]:
            costs[row["wallet"], row["gas_payer"]][row["operation"] or row["hash"]] = row["gas_cost"]
    return [
        GasUse(wallet, names.of(wallet), payer, names.of(payer), from_base_units(sum(paid.values()), 18), len(paid))
        for (wallet, payer), paid in sorted(costs.items())
    ]


def _streamed(connection: Connection, names: Names, wanted: Wanted) -> Iterable[RowMapping]:
    return connection.execution_options(yield_per=5_000).execute(selected(names, wanted)).mappings()
