"""Nonces of accounts that several threads of this process send from."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

_GUARD = threading.Lock()


class Account:
    """The nonces of one account on one chain that this process has in flight."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        """Held from the choice of a nonce until the transaction was handed in."""
        self._in_flight: set[int] = set()
        self.last: tuple[int, str] | None = None
        """Nonce and hash of the account's last transaction that this process has seen in a block."""

    def next_nonce(self, pending: int) -> int:
        """Returns the next nonce. `pending` is the node's count, which may lack what was handed in just now."""
        # A copy: another thread may end its use meanwhile.
        return max([pending, *(nonce + 1 for nonce in tuple(self._in_flight))])

    @contextmanager
    def using(self, nonce: int) -> Iterator[None]:
        """Marks a nonce as in flight until the block ends: until the outcome is known, or known to be unknown."""
        self._in_flight.add(nonce)
        try:
            yield
        finally:
            self._in_flight.discard(nonce)


_ACCOUNTS: defaultdict[tuple[tuple[int, str], str], Account] = defaultdict(Account)


def account_of(chain: tuple[int, str], address: str) -> Account:
    """Returns the account of an address on a chain (`Node.chain`); always the same object in this process."""
    with _GUARD:
        return _ACCOUNTS[chain, address.lower()]
