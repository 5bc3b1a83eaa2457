"""What agents pay, read from the events of their wallets: payments, charges in advance, and settled cheques.

What the principal has decided itself is left out: approved requests and withdrawals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from peculium.chain.abi import topic_of
from peculium.chain.logs import read_logs
from peculium.chain.node import Node
from peculium.chain.receipts import Event, event_of
from peculium.errors import digits, quote
from peculium.errors.text import date
from peculium.mandate import Mandate
from peculium.plain import as_plain
from peculium.units import from_base_units, from_timestamp, to_address, to_timestamp
from peculium.wallet.cashed import times_of
from peculium.wallet.refs import ref_text

MADE, AUTHORIZED = (topic_of("AgentWallet", name) for name in ("PaymentMade", "PaymentAuthorized"))


class PaymentKind(StrEnum):
    """How an agent has paid."""

    PAYMENT = "payment"
    """At once. What a call has sent or pulled, and a relayer's fee, count too."""
    AUTHORIZATION = "authorization"
    """Charged now, settled later by its payee."""


@dataclass(frozen=True)
class Payment:
    """What an agent has paid."""

    wallet: str
    time: datetime
    """Time of the block (UTC)."""
    kind: PaymentKind
    payee: str
    payee_name: str | None
    token: str
    amount: Decimal
    """Whole tokens."""
    currency: str
    """Name of the currency that it is charged in."""
    charge: Decimal
    """Whole units of the currency."""
    ref: str
    """The reference as text, or 0x hex; empty if there is none. The agent's words."""
    block: int
    transaction: str
    """The transaction's hash (0x hex)."""
    index: int
    """Position among all events of the block."""

    @property
    def position(self) -> tuple[int, int]:
        """Where it is on the chain: block and index."""
        return self.block, self.index

    def as_dict(self) -> dict[str, Any]:
        """Returns the payment for a program."""
        found: dict[str, Any] = as_plain(self)
        return found

    def __str__(self) -> str:
        ref = f" for {quote(self.ref)}" if self.ref else ""
        when = date(to_timestamp(self.time))
        return f"{when} {digits(self.charge)} {self.currency} to {self.payee_name or self.payee}{ref}"


def read_payments(
    node: Node,
    mandates: Mapping[str, Mandate],
    names: Mapping[str, str],
    first_block: int,
    last_block: int,
) -> list[Payment]:
    """Returns what the agents of these wallets have paid in these blocks (both inclusive), oldest first.

    `mandates` are those in force by wallet: what a token of another mandate has paid is left out, because nothing says its
    currency. `names` are names by address.
    """
    if not mandates or first_block > last_block:
        return []
    logs = read_logs(node, list(mandates), [[MADE, AUTHORIZED]], first_block, last_block)
    times = times_of(node, logs)
    events = (event for log in logs if (event := event_of(log)) is not None)
    return [made for event in events if (made := _payment(event, mandates, names, times)) is not None]


def last_payments(
    node: Node, mandates: Mapping[str, Mandate], names: Mapping[str, str], head: int
) -> dict[str, Payment]:
    """Returns the last payment of each wallet that has one within the last `LOOK_BACK` blocks up to `head`.

    Searches backwards in growing pieces, for all wallets at once.
    """
    found: dict[str, Payment] = {}
    for first, last in _pieces(head):
        left = {wallet: mandate for wallet, mandate in mandates.items() if wallet not in found}
        if not left:
            break
        found |= {each.wallet: each for each in read_payments(node, left, names, first, last)}
    return found


LOOK_BACK = 500_000
"""Blocks that are searched for the last payment: 70 days of Ethereum, 12 of a chain with blocks of two seconds."""
_FIRST_PIECE = 2_000


def _pieces(head: int) -> Iterator[tuple[int, int]]:
    size, end, oldest = _FIRST_PIECE, head, max(head - LOOK_BACK, 0)
    while end >= oldest:
        start = max(end - size + 1, oldest)
        yield start, end
        size, end = 10 * size, start - 1


def _payment(
    event: Event, mandates: Mapping[str, Mandate], names: Mapping[str, str], times: Mapping[int, int]
) -> Payment | None:
    wallet, values = to_address(event.address), event.arguments
    budget = mandates[wallet].budget_of(values["token"])
    if budget is None:
        return None
    made = event.name == "PaymentMade"
    amount = values["amount"] if made else values["authorization"]["amount"]
    decimals = next(token.decimals for token in budget.tokens if token.address == values["token"])
    return Payment(
        wallet=wallet,
        time=from_timestamp(times[event.block]),
        kind=PaymentKind.PAYMENT if made else PaymentKind.AUTHORIZATION,
        payee=values["payee"],
        payee_name=names.get(values["payee"]),
        token=values["token"],
        amount=from_base_units(amount, decimals),
        currency=budget.currency,
        charge=budget.whole(values["charge"]),
        ref=ref_text(bytes(values["ref"])),
        block=event.block,
        transaction=event.transaction,
        index=event.index,
    )


def by_wallet(payments: Sequence[Payment]) -> dict[str, list[Payment]]:
    """Returns payments by their wallets, in the same order."""
    found: dict[str, list[Payment]] = {}
    for each in payments:
        found.setdefault(each.wallet, []).append(each)
    return found
