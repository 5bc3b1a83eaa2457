"""What a command has signed and sent, so that it is known after an interruption, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from peculium.chain.transactions import TransactionStatus, outcome_of
from peculium.errors import PeculiumError
from peculium.network import Network


@dataclass(frozen=True)
class SignedTransaction:
    """A transaction that was signed, and therefore may have been sent."""

    hash: str
    """0x hex."""
    sender: str
    nonce: int
    at: float = field(default_factory=time.monotonic)
    """When it was signed (seconds of `time.monotonic`)."""


class NotedKey:
    """A key that notes each transaction that it signs."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account
        self.address = account.address
        self.signed: list[SignedTransaction] = []
        """All transactions, oldest first."""

    def sign_transaction(self, transaction_dict: Any) -> Any:
        """Signs a transaction and notes it before anybody has it."""
        made = self._account.sign_transaction(transaction_dict)
        hash_ = "0x" + keccak(bytes(made.raw_transaction)).hex()
        self.signed.append(SignedTransaction(hash_, self.address, int(transaction_dict["nonce"])))
        return made

    def sign_message(self, signable_message: Any) -> Any:
        """Signs a message."""
        return self._account.sign_message(signable_message)

    def __repr__(self) -> str:
        return f"NotedKey({self.address})"


class Timer:
    """Measures from the moment at which the first transaction was signed until `stop`."""

    def __init__(self, signed: Callable[[], Sequence[SignedTransaction]]) -> None:
        self._signed, self._before, self._start = signed, len(signed()), time.monotonic()

    def seconds(self) -> float:
        """Returns the time from sending until now (seconds)."""
        signed = self._signed()[self._before :]
        return time.monotonic() - (signed[0].at if signed else self._start)


def became_of(network: Network, signed: SignedTransaction) -> str:
    """Returns what became of a transaction, in a sentence."""
    what = f"The transaction {signed.hash} (nonce {signed.nonce} of {signed.sender})"
    try:
        outcome = outcome_of(network.web3, signed.hash, signed.sender, signed.nonce)
    except PeculiumError as error:
        return f"{what} was signed and may have been sent; the node doesn't say what became of it: {error}"
    if outcome.status is TransactionStatus.DONE and outcome.receipt is not None:
        return f"{what} is done, in block {outcome.receipt.block}. Don't repeat the command."
    return what + _FATES[outcome.status]


_FATES = {
    TransactionStatus.FAILED: " failed in its block and changed nothing.",
    TransactionStatus.REPLACED: " can't happen any more: another transaction used its nonce.",
    TransactionStatus.PENDING: " was sent and is pending. It will probably happen: look again before you repeat the command.",
    TransactionStatus.NEVER_SEEN: " was signed, and the node doesn't know it. If it was sent, it can still happen: look again "
    "before you repeat the command.",
}
