"""A transaction that was handed in, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar

from peculium.chain.answers import Answer, classify
from peculium.chain.fees import Fees, fees_of
from peculium.chain.node import Node, Request
from peculium.chain.nonces import Account
from peculium.chain.receipts import to_int
from peculium.chain.record import Record, Signed
from peculium.chain.search import find_transaction
from peculium.errors import (
    ASK_LATER,
    ChainUnavailable,
    JournalFailed,
    NodeRefused,
    NodeUnreachable,
    NonceTaken,
    NotIncluded,
    OutcomeUnknown,
    quote,
)

Result = TypeVar("Result")

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.05, 4.0, 1.5
"""Seconds between two looks for a receipt, at first and at most; half a block's time is the bound if it is less."""
SAMPLE = 16
"""Blocks from which the time between blocks is measured."""
REPLACEMENTS = 6
"""How often a transaction is offered again at a higher fee: at most to twice the fee."""
REFUSALS = (Answer.NO_FUNDS, Answer.REFUSED, Answer.TYPE_UNKNOWN, Answer.FEE_TOO_LOW)
"""Answers with which a node doesn't take a transaction."""
HAND_IN_AGAIN = 6
"""Looks for a receipt after which a transaction is handed in again, in case the node has dropped it."""


class Taken(Exception):
    """A block includes another transaction with the nonce."""

    def __init__(self, other: str) -> None:
        super().__init__(other)
        self.other = other


class Tracker:
    """A transaction with its nonce, from the moment at which it is handed in."""

    def __init__(
        self,
        node: Node,
        account: Account,
        call: dict[str, str],
        version: Signed,
        record: Record,
        written: Sequence[Signed],
        sign: Callable[[Fees], Signed] | None,
    ) -> None:
        """`version` is the one to hand in, `written` are all that the record has. Without `sign` the fee stays as it is."""
        self.node, self.account, self.call, self.sign = node, account, call, sign
        self.sender, self.nonce, self.gas = version.sender, version.nonce, version.gas
        self._record = record
        self.written = tuple(written)
        """All that the record has, also with earlier nonces."""
        self.maybe_accepted = False
        """Whether a node may have it. False while every answer was a refusal."""
        self.reason = ""
        """The node's words for the last refusal."""
        self.confirmations = 1
        self.receipt: dict[str, Any] | None = None
        """The node's receipt as last seen."""
        self._answer = Answer.UNCLEAR
        self._nonce_used = 0
        self._in_flight = ExitStack()

    @property
    def versions(self) -> list[Signed]:
        """All versions, oldest first. They have the same nonce, so a block includes one of them at most."""
        return [each for each in self.written if (each.sender, each.nonce) == (self.sender, self.nonce)]

    @property
    def hash(self) -> str:
        """Hash of the version that a block includes, or else of the last one (0x hex)."""
        return str(self.receipt["transactionHash"]) if self.receipt else self.versions[-1].hash

    @property
    def hashes(self) -> tuple[str, ...]:
        """Hashes of all versions."""
        return tuple(version.hash for version in self.versions)

    def start(self) -> None:
        """Marks the nonce as in flight."""
        self._in_flight.enter_context(self.account.using(self.nonce))

    def end(self) -> None:
        """Ends that mark."""
        self._in_flight.close()

    # Hand in

    def hand_in(self, version: Signed) -> Answer:
        """Hands in a version, once, and returns what the node's answer means."""
        try:
            self.node.attempt("eth_sendRawTransaction", version.raw)
            answer = Answer.ACCEPTED
        except NodeUnreachable as error:
            answer, self.reason = Answer.UNCLEAR, str(error)
        except NodeRefused as error:
            answer, self.reason = classify(error), error.reason
        self.maybe_accepted |= answer in (Answer.ACCEPTED, Answer.UNCLEAR)
        self._answer = answer
        return answer

    def renew(self, fees: Fees) -> Signed:
        """Signs a version with other fees and writes it down. Returns the last version, which another process may have signed."""
        if self.sign is not None:
            version = self.sign(fees)
            self.written = self._record.add(version, len(self.written))
        return self.versions[-1]

    def is_known(self) -> bool | None:
        """Whether the node knows any version; None if it doesn't answer."""
        try:
            found = self.node.batch([("eth_getTransactionByHash", (each,)) for each in self.hashes])
        except ChainUnavailable:
            return None
        return any(isinstance(each, dict) for each in found)

    # Wait

    def outcome(self, timeout: float, finish: Callable[[Tracker], Result]) -> Result:
        """As `settle`, but returns what `finish` makes of the receipt. `OutcomeUnknown.wait` continues with the same."""
        try:
            self.settle(timeout)
        except OutcomeUnknown as error:
            error.ask_with(lambda seconds: self._continue(seconds, finish))
            raise
        return finish(self)

    def _continue(self, seconds: float, finish: Callable[[Tracker], Result]) -> Result:
        try:
            return self.outcome(seconds, finish)
        except Taken as taken:
            raise self.nonce_taken(taken.other) from None

    def settle(self, timeout: float) -> dict[str, Any]:
        """Waits until enough blocks confirm the transaction, and returns the node's receipt.

        Hands it in again, unchanged, if the node doesn't have it, and at a higher fee if no block includes it. Raises
        `Taken`, `OutcomeUnknown` or `NotIncluded`.
        """
        clock, options = self.node.clock, self.node.options
        deadline, replace_at = clock() + timeout, clock() + options.replace_after
        pause, looks = FIRST_PAUSE, 0
        while True:
            found = self._look(complete=looks > 0)
            if found is not None:
                self.account.last = self.nonce, self.hash
                return found
            looks += 1
            now = clock()
            if now >= deadline:
                raise self.unknown(timeout)
            if now >= replace_at and self.receipt is None and len(self.versions) <= REPLACEMENTS:
                self._raise_fee()
                replace_at = now + options.replace_after
            elif self._answer is Answer.UNCLEAR or looks % HAND_IN_AGAIN == 0:
                self.hand_in(self.versions[-1])
            self.node.sleep(min(pause, max(0.0, deadline - clock())))
            pause = min(pause * GROWTH, self._longest_pause())

    def _look(self, complete: bool) -> dict[str, Any] | None:
        # The receipt if enough blocks confirm it. The first look asks for the receipt only.
        looks = [("eth_getTransactionReceipt", (each,)) for each in self.hashes]
        complete |= self.confirmations > 1
        # The height comes first: blocks that follow the receipt in this order confirm it, whatever happens in between.
        height: list[Request] = [("eth_blockNumber", ()), ("eth_getTransactionCount", (self.sender, "latest"))]
        requests: list[Request] = [*(height if complete else []), *looks]
        try:
            answers = self.node.batch(requests, patience=0)
        except ChainUnavailable:
            return None
        receipts = [each for each in answers[-len(looks) :] if isinstance(each, dict) and each.get("blockHash")]
        if receipts:
            self.receipt, self._nonce_used = receipts[0], 0
            if self.confirmations == 1:
                return self.receipt
            head = answers[0]
            enough = not isinstance(head, NodeRefused) and self._confirmed(to_int(head))
            return self.receipt if enough else None
        if self.receipt is not None:
            # Its block is gone, or this node is behind. The same transaction again does no harm.
            self.receipt = None
            self.hand_in(self.versions[-1])
        if complete:
            self._look_for_another(answers[1])
        return None

    def _confirmed(self, head: int) -> bool:
        return self.receipt is not None and head - to_int(self.receipt["blockNumber"]) + 1 >= self.confirmations

    def _look_for_another(self, count: Any) -> None:
        # Raises `Taken` if a block includes another transaction with the nonce.
        used = isinstance(count, str) and to_int(count) > self.nonce
        if not used and self._answer is not Answer.NONCE_USED:
            return
        self._nonce_used += 1
        if self._nonce_used % 3 == 1:
            # A node can count a transaction before it finds its receipt.
            return
        other = self._last_of_account() or find_transaction(self.node, self.sender, self.nonce)
        if other is None or other in self.hashes:
            return
        try:
            self.written = self._record.load() or self.written
        except JournalFailed:
            # Then nobody knows whether the other one is a version of this one that another process has signed.
            return
        if other not in self.hashes and self._is_confirmed(other):
            raise Taken(other)

    def _is_confirmed(self, other: str) -> bool:
        if self.confirmations == 1:
            return True
        head, receipt = self.node.batch([("eth_blockNumber", ()), ("eth_getTransactionReceipt", (other,))], patience=0)
        if not isinstance(head, str) or not isinstance(receipt, dict) or not receipt.get("blockHash"):
            return False
        return to_int(head) - to_int(receipt["blockNumber"]) + 1 >= self.confirmations

    def _last_of_account(self) -> str | None:
        # This process may have made the other transaction itself, with a node that doesn't count it yet.
        if self.account.last is None or self.account.last[0] != self.nonce:
            return None
        other = self.account.last[1]
        receipt = self.node.request("eth_getTransactionReceipt", other)
        return other if isinstance(receipt, dict) and receipt.get("blockHash") else None

    def _raise_fee(self) -> None:
        try:
            current: Fees | None = fees_of(self.node)
        except ChainUnavailable:
            current = None
        if self._answer is Answer.NONCE_PENDING and self.is_known() is False:
            # The node has another transaction with the nonce, perhaps of another process. Don't replace that one.
            return
        try:
            self.hand_in(self.renew(self.versions[-1].fees.raised(current)))
        except JournalFailed:
            # What isn't written down isn't sent. The versions before go on.
            return

    def _longest_pause(self) -> float:
        if self.node.block_seconds is None:
            self.node.block_seconds = measure_block_seconds(self.node)
        return max(FIRST_PAUSE, min(LONGEST_PAUSE, self.node.block_seconds / 2))

    # Outcomes

    def unknown(self, seconds: float) -> OutcomeUnknown:
        """Returns the exception for a transaction without an outcome."""
        kind = NotIncluded if self.is_known() else OutcomeUnknown
        what = "is pending" if kind is NotIncluded else "was handed in, and the node doesn't know what became of it"
        if self._answer in REFUSALS:
            what += f"; its last words: {quote(self.reason)}"
        versions = f" (or, at other fees, {', '.join(self.hashes[:-1])})" if len(self.versions) > 1 else ""
        return kind(
            f"The transaction {self.hash}{versions} {what}: no block included it within {seconds:g} seconds. Its sender is "
            f"{self.sender}, its nonce {self.nonce}. It may still happen. {ASK_LATER}",
            self.hash,
            self.sender,
            self.nonce,
            self.hashes,
        )

    def nonce_taken(self, other: str) -> NonceTaken:
        """Returns the exception for a transaction whose nonce another one has used."""
        return NonceTaken(
            f"The transaction {self.hash} didn't happen: another transaction of {self.sender}, {other}, used its nonce "
            f"{self.nonce}. See what that one did, then send again if it is still needed.",
            self.hash,
            other,
            self.sender,
            self.nonce,
        )


def measure_block_seconds(node: Node) -> float:
    """Returns the mean time between the latest blocks (seconds), as their timestamps say."""
    try:
        latest = node.request("eth_getBlockByNumber", "latest", False, patience=0)
        number = to_int(latest["number"])
        blocks = min(SAMPLE, number)
        earlier = node.request("eth_getBlockByNumber", hex(number - blocks), False, patience=0)
        return (to_int(latest["timestamp"]) - to_int(earlier["timestamp"])) / max(1, blocks)
    except (ChainUnavailable, TypeError):
        # Without an answer, that of common rollups.
        return 2.0
