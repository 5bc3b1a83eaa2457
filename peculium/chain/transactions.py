"""Transactions from the intent to the decoded receipt, and the question what became of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from enum import Enum
from typing import Any

from eth_utils import to_checksum_address
from hexbytes import HexBytes
from web3 import Web3

from peculium.chain.node import FIRST_PAUSE, LONGEST_PAUSE, Node
from peculium.chain.options import SendOptions
from peculium.chain.receipts import Receipt, receipt_of, to_int
from peculium.chain.record import Record
from peculium.chain.refusals import refusal_of_node
from peculium.chain.search import find_transaction
from peculium.chain.sender import Intent, Signer, send
from peculium.chain.tracker import Tracker
from peculium.errors import (
    ChainUnavailable,
    ContractError,
    EventMissing,
    InvalidInput,
    NoContractHere,
    NodeRefused,
    UnknownRevert,
)
from peculium.errors.redaction import shown


def send_transaction(
    web3: Web3,
    signer: Signer,
    to: str | None,
    data: str | bytes,
    value: int = 0,
    gas: int | None = None,
    *,
    event: str | None = None,
    confirmations: int | None = None,
) -> Receipt:
    """Signs and sends a transaction, and waits until it is mined. `to=None` deploys a contract. `value` is in wei.

    `gas` is the gas limit, without a dry run; by default twice the node's estimate plus 100,000. `event` is the name of an
    event that `to` must emit. `confirmations` is as in `SendOptions`.

    Raises a `ContractError` if the transaction reverts in the dry run, when nothing was sent, or in its block; then the
    error's `transaction` is its hash. Raises `OutcomeUnknown` if it was sent and its outcome isn't known.
    """
    return run(Node.of(web3), signer, Intent(to, bytes(HexBytes(data)), value, gas), event, confirmations)


def run(
    node: Node,
    signer: Signer,
    intent: Intent,
    event: str | None = None,
    confirmations: int | None = None,
    record: Record | None = None,
) -> Receipt:
    """As `send_transaction`, for an intent. `record` is where it is written down before it is handed in; see `send`."""
    return send(node, signer, intent, confirmations, lambda tracker: _finish(tracker, event), record)


def _finish(tracker: Tracker, event: str | None) -> Receipt:
    found = tracker.receipt or {}
    if to_int(found["status"]) != 1:
        error = failure_of(tracker.node, {**tracker.call, "gas": hex(tracker.gas)}, to_int(found["blockNumber"]))
        error.transaction = tracker.hash
        raise error
    done = receipt_of(found)
    if event is not None:
        to = to_checksum_address(tracker.call["to"])
        if not any(each.name == event and each.address == to for each in done.events):
            raise EventMissing(
                f"The transaction {done.transaction} succeeded, but {to} emitted no {event}. Check that this address is the "
                "contract that you mean. Don't send it again before you know what it did.",
                done.transaction,
            )
    return done


def failure_of(node: Node, call: dict[str, str], block: int) -> ContractError:
    """Returns why a transaction failed in its block: what the same call raises after it, or before it."""
    for number in (block, block - 1):
        try:
            node.request("eth_call", call, hex(number))
        except NodeRefused as error:
            refusal = refusal_of_node(error)
            if isinstance(refusal, ContractError):
                return refusal
    return UnknownRevert(reason="the transaction failed in its block, but succeeds when repeated")


def shows(node: Node, holds: Callable[[], bool]) -> bool:
    """Whether a state holds, now or within `SendOptions.patience`. Never raises for want of an answer."""
    deadline, pause = node.clock() + node.options.patience, FIRST_PAUSE
    while True:
        try:
            if holds():
                return True
        except ChainUnavailable as error:
            if isinstance(error, NoContractHere):
                return False
        if node.clock() >= deadline:
            return False
        node.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


class TransactionStatus(Enum):
    """What became of a transaction."""

    DONE = "done"
    """A block includes it, and it succeeded."""
    FAILED = "failed"
    """A block includes it, and it reverted. It changed nothing and cost gas."""
    REPLACED = "replaced"
    """A block includes another transaction with its nonce. It can't happen any more."""
    PENDING = "pending"
    """The node has it, and no block includes it yet."""
    NEVER_SEEN = "never seen"
    """The node doesn't know it. Another node may, so it can still happen until its nonce is used."""


@dataclass(frozen=True)
class Outcome:
    """What became of a transaction."""

    status: TransactionStatus
    hash: str
    """The transaction (0x hex)."""
    receipt: Receipt | None = None
    """Its receipt, if it is done."""
    other: str = ""
    """The transaction that used its nonce, if it was replaced (0x hex)."""


def outcome_of(web3: Web3, hash: str, sender: str | None = None, nonce: int | None = None) -> Outcome:
    """Returns what became of a transaction that this or another process has sent.

    Takes the attributes of `OutcomeUnknown`; for a user operation ask `Bundler.wait`. Without `sender` and `nonce` a replaced transaction is `NEVER_SEEN`.
    """
    node, hash = Node.of(web3), to_hash(hash)
    receipt, known = node.batch([("eth_getTransactionReceipt", (hash,)), ("eth_getTransactionByHash", (hash,))])
    for answer in (receipt, known):
        if isinstance(answer, NodeRefused):
            raise answer
    if receipt and receipt.get("blockHash"):
        if to_int(receipt["status"]) == 1:
            return Outcome(TransactionStatus.DONE, hash, receipt_of(receipt))
        return Outcome(TransactionStatus.FAILED, hash)
    if sender is not None and nonce is not None:
        used = find_transaction(node, sender, nonce)
        if used is not None and used != hash:
            return Outcome(TransactionStatus.REPLACED, hash, other=used)
    return Outcome(TransactionStatus.PENDING if known else TransactionStatus.NEVER_SEEN, hash)


def to_hash(value: str) -> str:
    """Returns a transaction hash in lower case. Raises `InvalidInput` unless it is 0x and 64 hex digits."""
    if not re.fullmatch("0x[0-9a-fA-F]{64}", value):
        raise InvalidInput(f"{shown(value)} is not a transaction hash. Pass 0x and 64 hex digits.")
    return value.lower()


def configure_sending(web3: Web3, **changes: Any) -> SendOptions:
    """Changes how transactions are sent through this connection. Takes the fields of `SendOptions`, and returns them.

    Raises `InvalidInput` for what isn't a connection, such as a URL, and for an option that there isn't.
    """
    if not isinstance(web3, Web3):
        raise InvalidInput(
            f"web3 is {shown(web3)}. Pass the connection itself, such as that of an agent: agent.network.web3."
        )
    known = [each.name for each in fields(SendOptions)]
    unknown = next((each for each in changes if each not in known), None)
    if unknown is not None:
        likely = get_close_matches(unknown, known, 1)
        hint = f" Did you mean {likely[0]}?" if likely else ""
        raise InvalidInput(f"There is no option {unknown}.{hint} Pass some of {', '.join(known)}.")
    node = Node.of(web3)
    node.options = replace(node.options, **changes)
    return node.options
