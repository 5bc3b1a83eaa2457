"""Receipts and events, decoded from what a node answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils import to_checksum_address
from hexbytes import HexBytes

from peculium.chain.abi import event_decoders
from peculium.errors import InvalidInput


@dataclass(frozen=True)
class Event:
    """An event that a contract emitted."""

    name: str
    address: str
    """The contract that emitted it."""
    arguments: dict[str, Any]
    """By the names of the ABI."""
    block: int
    transaction: str
    """The transaction's hash (0x hex)."""
    index: int
    """Position among all events of the block."""


@dataclass(frozen=True)
class Receipt:
    """The outcome of a transaction that succeeded."""

    transaction: str
    """The transaction's hash (0x hex)."""
    block: int
    gas_used: int
    events: tuple[Event, ...]
    """In order. Events that aren't in the package's ABIs are left out."""

    def __str__(self) -> str:
        listed = ", ".join(event.name for event in self.events) or "none"
        return f"Done in block {self.block}, transaction {self.transaction}, for {self.gas_used} gas. Events: {listed}."

    def event(self, name: str) -> Event:
        """Returns the only event of this name. Raises `InvalidInput` if there is none, or more than one."""
        found = [event for event in self.events if event.name == name]
        if len(found) != 1:
            names = ", ".join(event.name for event in self.events) or "none"
            raise InvalidInput(
                f"The transaction in block {self.block} has {len(found)} events {name}, not one. Pass one of its events, or read "
                f"Receipt.events: {names}."
            )
        return found[0]


def receipt_of(receipt: Mapping[str, Any]) -> Receipt:
    """Returns a receipt of a node, or of web3, with its events decoded."""
    events = (event_of(log) for log in receipt["logs"])
    return Receipt(
        HexBytes(receipt["transactionHash"]).to_0x_hex(),
        to_int(receipt["blockNumber"]),
        to_int(receipt["gasUsed"]),
        tuple(event for event in events if event is not None),
    )


def event_of(log: Mapping[str, Any], decoders: list[Any] | None = None) -> Event | None:
    """Returns a log of a node as event; None if no decoder knows it. By default those of the package's ABIs are tried."""
    entry = formatted_log(log)
    topic = bytes(entry["topics"][0]) if entry["topics"] else b""
    for decoder in event_decoders().get(topic, []) if decoders is None else decoders:
        try:
            found = decoder.process_log(entry)
        except Exception as error:  # web3 has no common class for a log of another event
            if "LogTopicError" not in type(error).__name__ and "MismatchedABI" not in type(error).__name__:
                raise
            continue
        return Event(
            name=found["event"],
            address=entry["address"],
            arguments=dict(found["args"]),
            block=entry["blockNumber"],
            transaction=entry["transactionHash"].to_0x_hex(),
            index=entry["logIndex"],
        )
    return None


def formatted_log(log: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a log of a node with bytes and integers in place of hex."""
    address: ChecksumAddress = to_checksum_address(log["address"])
    return {
        "address": address,
        "topics": [HexBytes(topic) for topic in log["topics"]],
        "data": HexBytes(log["data"]),
        "blockHash": HexBytes(log["blockHash"]),
        "blockNumber": to_int(log["blockNumber"]),
        "transactionHash": HexBytes(log["transactionHash"]),
        "transactionIndex": to_int(log["transactionIndex"]),
        "logIndex": to_int(log["logIndex"]),
    }


def to_int(value: int | str) -> int:
    """Returns a quantity of JSON-RPC as integer."""
    return value if isinstance(value, int) else int(value, 16)
