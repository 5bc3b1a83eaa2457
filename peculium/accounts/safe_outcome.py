"""What became of a Safe's transaction that others may execute, for example in Safe{Wallet}: found by its hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from eth_utils import keccak
from hexbytes import HexBytes

from peculium.chain.logs import read_logs
from peculium.chain.node import Node
from peculium.chain.receipts import Receipt, receipt_of, to_int
from peculium.errors import OutcomeUnknown, SafeTransactionFailed, SafeTransactionReplaced

SUCCESS = keccak(text="ExecutionSuccess(bytes32,uint256)")
FAILURE = keccak(text="ExecutionFailure(bytes32,uint256)")


class Executed(StrEnum):
    """What a Safe's events say of a transaction whose nonce is used."""

    DONE = "done"
    FAILED = "failed"
    """It was executed, and its call was undone."""
    REPLACED = "replaced"
    """Another transaction has used the nonce."""
    UNKNOWN = "unknown"
    """The node doesn't know all transactions of the Safe yet."""


def executed(logs: Sequence[Mapping[str, Any]], hash_: bytes, used: int) -> tuple[Executed, str]:
    """Returns what the events say of the transaction of this hash, and the hash of the chain's transaction (0x hex, or "").

    `logs` are the Safe's events, in which `used` nonces must show: each execution emits exactly one.
    """
    for log in logs:
        # Version 1.4 has the hash as a topic, 1.3 as the first word of the data.
        topics, data = [bytes(HexBytes(each)) for each in log["topics"]], bytes(HexBytes(log["data"]))
        if hash_ == (topics[1] if len(topics) > 1 else data[:32]):
            found = Executed.DONE if topics[0] == SUCCESS else Executed.FAILED
            return found, HexBytes(log["transactionHash"]).to_0x_hex()
    return (Executed.REPLACED if len(logs) >= used else Executed.UNKNOWN), ""


def receipt_of_execution(node: Node, safe: str, hash_: bytes, nonce: int, next_nonce: int, block: int) -> Receipt:
    """Returns the receipt of the transaction that executed the Safe's transaction of this hash.

    `next_nonce` is the Safe's present nonce, `block` the last one that is known not to have used `nonce`; 0: it isn't known. Raises `SafeTransactionFailed`,
    `SafeTransactionReplaced`, and `OutcomeUnknown` if the node doesn't know, or too few blocks confirm it.
    """
    topics = [["0x" + SUCCESS.hex(), "0x" + FAILURE.hex()]]
    used = next_nonce - nonce if block else next_nonce
    found, transaction = executed(read_logs(node, safe, topics, block + 1 if block else 0), hash_, used)
    if found is Executed.REPLACED:
        raise SafeTransactionReplaced(safe, nonce, "0x" + hash_.hex())
    if found is Executed.FAILED:
        raise SafeTransactionFailed(safe, transaction, "0x" + hash_.hex())
    head, receipt = (
        node.batch([("eth_blockNumber", ()), ("eth_getTransactionReceipt", (transaction,))])
        if transaction
        else (0, None)
    )
    if not isinstance(receipt, dict) or not isinstance(head, str):
        raise _unknown(safe, nonce, transaction, "the node doesn't know by which transaction")
    if to_int(head) - to_int(receipt["blockNumber"]) + 1 < node.options.confirmations:
        raise _unknown(safe, nonce, transaction, "too few blocks confirm that")
    return receipt_of(receipt)


def _unknown(safe: str, nonce: int, transaction: str, why: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"The nonce {nonce} of the Safe {safe} is used, and {why}. Nothing was sent now. Do the same again later.",
        transaction,
    )
