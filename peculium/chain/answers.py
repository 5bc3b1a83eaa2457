"""What nodes answer to a transaction that is handed in."""

from __future__ import annotations

import re
from enum import Enum, auto

from peculium.errors import NodeRefused


class Answer(Enum):
    """What an answer says about the transaction."""

    ACCEPTED = auto()
    """The node has it."""
    NONCE_USED = auto()
    """A block includes a transaction with this nonce: this one, if it was handed in before, or another."""
    NONCE_PENDING = auto()
    """The node has another transaction with this nonce, whose fee is not much lower."""
    FEE_TOO_LOW = auto()
    """The fee is below what the block or the node demands."""
    TYPE_UNKNOWN = auto()
    """The chain takes no transactions of EIP-1559."""
    NO_FUNDS = auto()
    """The account can't pay for it."""
    REFUSED = auto()
    """The node refuses it for another reason."""
    UNCLEAR = auto()
    """No usable answer: the node may have it or not."""


# The first that matches counts: "replacement transaction underpriced" also contains "underpriced".
_WORDS = (
    (Answer.ACCEPTED, r"already.?known|known transaction|already imported|already in (the )?(mem)?pool|already exists"),
    (Answer.NONCE_PENDING, r"replacement|could not replace|same nonce|replace existing"),
    (Answer.NONCE_USED, r"nonce.{0,12}too.?low|old.?nonce|nonce.{0,20}(already|been) used|invalid nonce|nonce.*lower"),
    (
        Answer.NO_FUNDS,
        r"insufficient (funds|balance)|insufficientfunds|not enough (funds|balance)|upfront cost exceeds",
    ),
    (
        Answer.TYPE_UNKNOWN,
        r"transaction type not supported|unsupported transaction type|invalid transaction type|eip-?1559",
    ),
    (
        Answer.FEE_TOO_LOW,
        r"underpriced|fee.{0,40}(less|lower|below|too low)|gas.?price.{0,30}(less|lower|below|too low)|feetoolow",
    ),
)
_FINAL_CODES = (-32000, -32003, -32010, -32602)
"""Codes with which nodes refuse a transaction for good (EIP-1474); others, such as -32603, can hide anything."""


def classify(refused: NodeRefused) -> Answer:
    """Returns what a refusal says about the transaction."""
    if refused.transient:
        return Answer.UNCLEAR
    for answer, words in _WORDS:
        if re.search(words, refused.reason, re.IGNORECASE):
            return answer
    return Answer.REFUSED if refused.code in _FINAL_CODES else Answer.UNCLEAR


def lacks_funds(refused: NodeRefused) -> bool:
    """Whether a node refuses because the account can't pay."""
    return classify(refused) is Answer.NO_FUNDS
