"""What only the chain says about bytes: the units of tokens, and what a hash stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hexbytes import HexBytes

from peculium.chain.abi import topic_of
from peculium.chain.logs import read_logs
from peculium.chain.node import Node
from peculium.chain.receipts import event_of
from peculium.errors import LogRangeRefused, NodeRefused
from peculium.errors.money import NATIVE_UNIT, Unit
from peculium.explain.meaning import Meaning
from peculium.lookup import read_symbols
from peculium.mandate import NATIVE

_DECIMALS = "0x313ce567"
_MOST_DECIMALS = 255
# Where a hash is the first indexed argument, and where it is the second.
_FIRST = {
    "MandateInstalled": "Hash of a mandate that this wallet has installed.",
    "AuthorizationClosed": "Digest of an authorization that this wallet has closed.",
    "OperationStopped": "Hash of a user operation that a stop has ended.",
}
_SECOND = {
    "PaymentRequested": "Hash of a request for a payment.",
    "CallRequested": "Hash of a request for a call.",
}


def read_units(node: Node, tokens: Sequence[str]) -> dict[str, Unit]:
    """Returns the units of those tokens that report their decimals, in two round trips."""
    asked = [each for each in tokens if each != NATIVE]
    answers = node.batch([("eth_call", ({"to": each, "data": _DECIMALS}, "latest")) for each in asked]) if asked else []
    found = {NATIVE: NATIVE_UNIT}
    for token, answer, symbol in zip(asked, answers, read_symbols(node, asked) if asked else [], strict=True):
        if isinstance(answer, NodeRefused) or len(raw := HexBytes(answer)) != 32:
            continue
        decimals = int.from_bytes(raw)
        if decimals <= _MOST_DECIMALS:
            found[token] = Unit(decimals, symbol or token)
    return found


def find_hash(node: Node, value: bytes) -> Meaning | None:
    """Returns what a hash stands for in the events of wallets, or None if no event has it.

    The events of any contract that claims to be a wallet are found: check the wallet before you rely on it.
    """
    topic = "0x" + value.hex()
    searches: list[list[Any]] = [
        [[topic_of("AgentWallet", name) for name in _FIRST], topic],
        [[topic_of("AgentWallet", name) for name in _SECOND], None, topic],
    ]
    for topics in searches:
        try:
            logs = read_logs(node, None, topics)
        except LogRangeRefused:
            # The node can't search the whole chain; without an answer the hash stays a hash.
            return None
        events = [event for log in logs if (event := event_of(log)) is not None]
        if events:
            event = events[-1]
            text = f"{(_FIRST | _SECOND)[event.name]} Wallet {event.address}, block {event.block}, transaction {event.transaction}."
            return Meaning("hash", event.name, text, {"wallet": event.address, "transaction": event.transaction})
    return None
