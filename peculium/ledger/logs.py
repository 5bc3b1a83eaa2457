"""Logs of wallets, tokens, the EntryPoint and the switch, as far as the ledger needs them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eth_utils import keccak, to_checksum_address
from web3 import Web3

from peculium.chain.receipts import Event, event_of, to_int
from peculium.contract import load_abi
from peculium.errors import LedgerFailed

ABSENT = "0x" + "00" * 32


def _topic(signature: str) -> str:
    return "0x" + keccak(text=signature).hex()


TRANSFER = _topic("Transfer(address,address,uint256)")
AUTHORIZATION_USED = _topic("AuthorizationUsed(address,bytes32)")
PAYMENT_MADE = _topic("PaymentMade(address,address,bytes32,uint256,uint256)")
RECEIVED = _topic("Received(address,uint256)")
WITHDRAWN = _topic("Withdrawn(address,address,uint256)")
"""The same signature at the wallet, where both addresses are indexed, and at the EntryPoint, where only the first is."""
DEPOSITED = _topic("Deposited(address,uint256)")
ACTION_RELAYED = _topic("ActionRelayed(uint256)")


def topics_of(contract: str) -> dict[str, str]:
    """Returns the names of a contract's events by their topics."""
    events = Web3().eth.contract(abi=load_abi(contract)).events
    names = {entry["name"] for entry in load_abi(contract) if entry["type"] == "event"}
    return {str(events[name]().topic): name for name in sorted(names)}


@dataclass(slots=True)
class Log:
    """A log, with hex where the node has hex."""

    address: str
    topics: tuple[str, ...]
    data: str
    block: int
    block_hash: str
    transaction: str
    transaction_index: int
    index: int
    """Position among all logs of the block."""
    time: int | None
    """Unix seconds; None if the node doesn't say it with the log."""

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Log:
        """Returns a log of a node."""
        stamp = raw.get("blockTimestamp")
        return cls(
            address(raw["address"]),
            tuple(raw["topics"]),
            raw["data"],
            to_int(raw["blockNumber"]),
            raw["blockHash"],
            raw["transactionHash"],
            to_int(raw["transactionIndex"]),
            to_int(raw["logIndex"]),
            None if stamp is None else to_int(stamp),
        )

    @property
    def topic(self) -> str:
        """The first topic: which event it is. Empty for an anonymous event."""
        return self.topics[0] if self.topics else ""

    def address_at(self, topic: int) -> str:
        """Returns an indexed address."""
        return address("0x" + self.topics[topic][-40:])

    def word(self, position: int) -> int:
        """Returns a number of the data."""
        start = 2 + 64 * position
        return int(self.data[start : start + 64] or "0", 16)

    def words(self) -> int:
        """Returns how many words the data has."""
        return (len(self.data) - 2) // 64

    def event(self) -> Event | None:
        """Returns it with all arguments decoded; None if no contract of the package has this event."""
        return event_of(self.raw())

    def raw(self) -> dict[str, Any]:
        """Returns the log as a node would."""
        return {
            "address": self.address,
            "topics": list(self.topics),
            "data": self.data,
            "blockNumber": hex(self.block),
            "blockHash": self.block_hash,
            "transactionHash": self.transaction,
            "transactionIndex": hex(self.transaction_index),
            "logIndex": hex(self.index),
        }

    def text(self) -> str:
        """Returns the log as JSON, from which `from_text` makes it again."""
        return json.dumps(self.raw())


def from_text(text: str) -> Log:
    """Returns the log that `Log.text` has written."""
    return Log.of(json.loads(text))


@lru_cache(maxsize=100_000)
def address(text: str) -> str:
    """Returns an address with its checksum."""
    return str(to_checksum_address(text))


def padded(text: str) -> str:
    """Returns an address as topic."""
    return "0x" + text[2:].lower().rjust(64, "0")


def is_transfer(log: Log) -> bool:
    """Whether it is a transfer of an ERC-20 token. One of an NFT has the same event with a fourth topic."""
    return log.topic == TRANSFER and len(log.topics) == 3 and log.words() == 1


def arguments_of(log: Log) -> Any:
    """Returns the decoded arguments of an event of the suite. Raises `LedgerFailed` if it is encoded otherwise."""
    event = log.event()
    if event is None:
        raise LedgerFailed(
            f"The event {log.topic} in {log.transaction} isn't as the package knows it. Is the contract another version?"
        )
    return event.arguments
