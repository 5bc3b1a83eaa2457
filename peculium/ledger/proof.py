"""What a third party needs to verify a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from peculium.chain.node import Node
from peculium.errors import InvalidInput, NodeRefused
from peculium.ledger.logs import arguments_of, from_text
from peculium.ledger.rows import Row
from peculium.ledger.schema import events, wallets
from peculium.plain import as_plain, mandate_dict
from peculium.wallet.installed import mandate_of

FORMAT = "peculium-ledger-proof-1"


@dataclass(frozen=True)
class Proof:
    """The evidence of a row. All of it can be compared with any node of the chain."""

    row: Row
    header: dict[str, Any]
    """The block's header, as the node gives it."""
    receipt: dict[str, Any]
    """The transaction's receipt, as the node gives it, with all logs."""
    log: dict[str, Any] | None
    """The log of the row: the transfer of the token, or the event of the wallet or the EntryPoint."""
    mandate: dict[str, Any] | None
    """The mandate in force then, with its hash; None if there was none."""
    mandate_log: dict[str, Any] | None
    """The event by which the wallet reports that it was installed."""
    answering: tuple[dict[str, Any], ...]
    """The events by which the wallet was handed over before, oldest first."""
    checks: tuple[str, ...]
    """How to verify it, step by step."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it as values that JSON can hold."""
        return {
            "format": FORMAT,
            "row": self.row.as_dict(),
            "header": self.header,
            "receipt": self.receipt,
            "log": self.log,
            "mandate": self.mandate,
            "mandate_log": self.mandate_log,
            "answering": list(self.answering),
            "checks": list(self.checks),
        }


def prove(connection: Connection, node: Node, row: Row) -> Proof:
    """Collects the evidence of a row, and compares it with the chain as it is now.

    Raises `InvalidInput` if the chain has the transaction in another block now, or not at all.
    """
    receipt, header = node.batch(
        [("eth_getTransactionReceipt", (row.transaction,)), ("eth_getBlockByHash", (row.block_hash, False))]
    )
    for answer in (receipt, header):
        if isinstance(answer, NodeRefused):
            raise answer
    if receipt is None or header is None or receipt["blockHash"] != row.block_hash:
        raise InvalidInput(
            f"The chain doesn't have the transaction {row.transaction[:10]}… in the block {row.block_hash[:10]}… any more, so the row "
            f"{row.id} can't be proven. Update the ledger first."
        )
    log = next((each for each in receipt["logs"] if int(each["logIndex"], 16) == row.log_index), None)
    mandate_log = _mandate_log(connection, row)
    mandate = None if mandate_log is None else mandate_dict(mandate_of(arguments_of(from_text(mandate_log))["mandate"]))
    return Proof(
        row,
        as_plain(header),
        as_plain(receipt),
        log,
        mandate,
        None if mandate_log is None else from_text(mandate_log).raw(),
        tuple(from_text(text).raw() for text in _events(connection, row, ("HandedOver",))),
        tuple(_checks(row, mandate)),
    )


def _events(connection: Connection, row: Row, names: tuple[str, ...]) -> list[str]:
    query = (
        select(events.c.name, events.c.log)
        .join_from(events, wallets)
        .where(wallets.c.address == row.wallet, events.c.name.in_(names))
        .where((events.c.block < row.block) | ((events.c.block == row.block) & (events.c.log_index <= row.log_index)))
        .order_by(events.c.block, events.c.log_index)
    )
    return [text for _, text in connection.execute(query)]


def _mandate_log(connection: Connection, row: Row) -> str | None:
    found = _events(connection, row, ("MandateInstalled", "MandateLifted"))
    if not found or from_text(found[-1]).event().name == "MandateLifted":  # type: ignore[union-attr]
        return None
    return found[-1]


def _checks(row: Row, mandate: dict[str, Any] | None) -> list[str]:
    found = [
        f"Ask any node of chain {row.chain_id} for eth_getTransactionReceipt of {row.transaction}: its blockHash is "
        f"{row.block_hash}, its status 0x1, and its logs are those of `receipt`.",
        f"keccak256 of the RLP-encoded header of block {row.block} is {row.block_hash}; its receiptsRoot commits to the receipt.",
        f"The log {row.log_index} is `log`: topics and data name the sides and {row.base_units} base units of {row.token}.",
    ]
    if mandate is not None:
        found.append(
            f"`mandate_log` was emitted by {row.wallet}. The EIP-712 struct hash of the mandate in it is {mandate['hash']}, "
            "which the event indexes."
        )
    found.append(
        f"{row.principal} answered for {row.wallet}: its principal() at that block, or the last of `answering` before it."
    )
    return found
