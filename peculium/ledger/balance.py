"""Whether the ledger balances: what was there, plus what came, less what left, is what is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from peculium.errors.money import digits
from peculium.ledger.rows import Names
from peculium.ledger.schema import holdings, movements, tokens, wallets
from peculium.plain import as_plain
from peculium.units import from_base_units

Amounts = dict[tuple[str, str], int | None]
"""Base units by wallet and token."""


@dataclass(frozen=True)
class Balance:
    """One token of one wallet at the last block that was read. Amounts are base units."""

    wallet: str
    wallet_name: str | None
    token: str
    symbol: str
    decimals: int | None
    listed: bool
    """Whether a mandate or an event of the wallet names the token."""
    block: int
    opening: int | None
    """Before the first block that is read; None if the node couldn't say. It counts as zero then."""
    came: int
    left: int
    unexplained_transfers: int
    """What left in transfers that nothing explains. It is part of `left`."""
    on_chain: int | None
    """None if the node doesn't keep the state of the block."""

    @property
    def expected(self) -> int:
        """Opening balance, plus what came, less what left."""
        return (self.opening or 0) + self.came - self.left

    @property
    def difference(self) -> int | None:
        """What the chain has beyond what is expected; negative if it has less. None if the chain couldn't be asked."""
        return None if self.on_chain is None else self.on_chain - self.expected

    @property
    def balances(self) -> bool:
        """Whether every unit is explained."""
        return self.difference == 0 and self.unexplained_transfers == 0

    def whole(self, base_units: int | None) -> Decimal | None:
        """Returns an amount in whole tokens; None if it or the token's decimals aren't known."""
        if base_units is None or self.decimals is None:
            return None
        return from_base_units(base_units, self.decimals)

    def as_dict(self) -> dict[str, Any]:
        """Returns it as values that JSON can hold, all amounts in base units (text)."""
        plain: dict[str, Any] = as_plain(self)
        amounts = {"expected": self.expected, "difference": self.difference}
        for name in ("opening", "came", "left", "unexplained_transfers", "on_chain"):
            amounts[name] = getattr(self, name)
        return {
            **plain,
            **{name: None if amount is None else str(amount) for name, amount in amounts.items()},
            "balances": self.balances,
        }

    def __str__(self) -> str:
        who = f"{self.wallet_name or self.wallet}: {self._shown(self.expected)} at block {self.block}"
        if self.balances:
            return f"{who}; every unit is explained"
        problems = []
        if self.difference is None:
            problems.append("the node doesn't keep the state of this block, so it wasn't compared with the chain")
        elif self.difference:
            more = "more" if self.difference > 0 else "less"
            problems.append(f"the chain has {self._shown(abs(self.difference))} {more}")
        if self.unexplained_transfers:
            problems.append(f"{self._shown(self.unexplained_transfers)} left in transfers that nothing explains")
        return f"{who}; {', and '.join(problems)}"

    def _shown(self, base_units: int) -> str:
        whole = self.whole(base_units)
        return f"{base_units} base units of {self.symbol}" if whole is None else f"{digits(whole)} {self.symbol}"


@dataclass(frozen=True)
class KeyUse:
    """The transactions of an agent key."""

    key: str
    key_name: str | None
    sent: int | None
    """Transactions that it sent since the first block that is read; None if the node can't say."""
    explained: int
    """Those of them that a followed wallet reports."""

    @property
    def unexplained(self) -> int | None:
        """Those that the ledger knows nothing about: for other purposes, or failed."""
        return None if self.sent is None else self.sent - self.explained

    def as_dict(self) -> dict[str, Any]:
        """Returns it as values that JSON can hold."""
        return {**as_plain(self), "unexplained": self.unexplained}


def sum_movements(connection: Connection, names: Names, on_chain: Amounts, network_id: int) -> Iterator[Balance]:
    """Yields a balance for each token of each wallet."""
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    query = (
        select(movements.c.wallet_id, movements.c.token_id, movements.c.incoming, movements.c.path, movements.c.amount)
        .join_from(movements, wallets)
        .where(wallets.c.network_id == network_id)
    )
    # Added up here: an amount has up to 256 bits, and SQLite adds 64.
    for wallet, token, incoming, path, amount in connection.execution_options(yield_per=5_000).execute(query):
        entry = sums[wallet, token]
        entry[0 if incoming else 1] += amount
        if path == "unexplained":
            entry[2] += amount
    for row in connection.execute(held_tokens(network_id)).mappings():
        came, left, unexplained = sums[row["wallet_id"], row["token_id"]]
        yield Balance(
            row["wallet"],
            names.of(row["wallet"]),
            row["token"],
            row["symbol"],
            row["decimals"],
            row["listed"],
            row["read_to"],
            row["opening"],
            came,
            left,
            unexplained,
            on_chain.get((row["wallet"], row["token"])),
        )


def held_tokens(network_id: int) -> Any:
    """The query of all tokens that the wallets of a network were seen with."""
    return (
        select(
            holdings,
            wallets.c.address.label("wallet"),
            wallets.c.read_to,
            tokens.c.address.label("token"),
            tokens.c.symbol,
            tokens.c.decimals,
        )
        .join_from(holdings, wallets)
        .join(tokens, holdings.c.token_id == tokens.c.id)
        .where(wallets.c.network_id == network_id)
        .order_by(wallets.c.id, tokens.c.id)
    )
