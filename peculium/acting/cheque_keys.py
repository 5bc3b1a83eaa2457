"""Cheques under a `once` key: the same purchase is never paid by two of them, also across the end of a period."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from eth_abi import encode
from hexbytes import HexBytes

from peculium.acting.slots import Period
from peculium.authorizations import Authorization, Domain
from peculium.batch import Batch
from peculium.chain.receipts import to_int
from peculium.cheques import CHEQUE, Cheque
from peculium.errors import AlreadyPaid, InvalidCheque, OnceMismatch
from peculium.journal import Attempt, Entry, Journal, Place, to_key
from peculium.token import authorization_state_data
from peculium.transports.once import describe
from peculium.units import to_timestamp
from peculium.wallet import AgentWallet

WAY = "a cheque"
_SLOT_WAY = "a slot of a cheque book"


@dataclass(frozen=True)
class Written:
    """A cheque as the journal has it."""

    cheque: Cheque
    mandate_hash: bytes
    """The mandate under which it was written (32 bytes). It is void under any other."""

    def attempt(self) -> Attempt:
        """Returns what the journal keeps."""
        made = self.cheque.authorization
        content = {
            "token": made.token,
            "payee": made.payee,
            "amount": made.amount,
            "valid_before": to_timestamp(made.valid_before),
            "name": made.domain.name,
            "version": made.domain.version,
            "nonce": made.nonce.hex(),
            "slot": self.cheque.slot,
            "signature": self.cheque.signature.hex(),
            "mandate_hash": self.mandate_hash.hex(),
        }
        return Attempt("0x" + made.nonce.hex(), content)

    @classmethod
    def of(cls, attempt: Attempt) -> Written:
        """Reads what the journal has kept."""
        found: dict[str, Any] = attempt.signed
        made = Authorization(
            found["token"],
            found["payee"],
            found["amount"],
            found["valid_before"],
            Domain(found["name"], found["version"]),
            bytes.fromhex(found["nonce"]),
        )
        cheque = Cheque(made, found["slot"], bytes.fromhex(found["signature"]))
        return cls(cheque, bytes.fromhex(found["mandate_hash"]))


@dataclass(frozen=True)
class ChequeKey:
    """A `once` key for a purchase: a payee and an amount of a token."""

    wallet: AgentWallet
    journal: Journal
    key: str
    token: str
    payee: str
    units: int
    """Token base units."""

    @property
    def owner(self) -> str:
        """Whose the slots are that this purchase takes."""
        return f"once {to_key(self.key)}"

    def find(self) -> tuple[int, Written | None]:
        """Returns how many cheques were written under the key, and the last one. Raises `OnceMismatch`."""
        entry = self.journal.entry(self._place())
        return (0, None) if entry is None else self._found(entry)

    def write(self, written: Written, after: int) -> Written:
        """Writes a cheque down if `after` are there, and returns the one that counts: another process may be faster."""
        entry = self.journal.write(self._place(), WAY, self._content(), written.attempt(), after)
        _, last = self._found(entry)
        return last or written

    def can_settle(self, written: Written) -> bool:
        """Whether a cheque can still be settled. Raises `AlreadyPaid` if it is.

        Once a block is past its end, or has another mandate, and the token doesn't report its nonce as used in that block, it
        can't: blocks don't go back in time, and a mandate is installed only once. The block needs the confirmations that
        `SendOptions` asks for; raises `InvalidCheque` while it lacks them.
        """
        node = self.wallet.node
        head = node.block_number()
        confirmed = max(0, head - node.options.confirmations + 1)
        if not self._is_over(written, confirmed):
            if confirmed == head or not self._is_over(written, head):
                return True
            error = InvalidCheque(
                f"The cheque under the key {self.key!r} has just ended, unpaid, and too few blocks confirm that.",
                f"Try again in {node.options.confirmations} blocks.",
            )
            error.retryable = True
            raise error
        return False

    def _is_over(self, written: Written, block: int) -> bool:
        # Whether it has ended or is void in a block, unpaid.
        made, batch = written.cheque.authorization, Batch(self.wallet.node)
        header = batch.ask("eth_getBlockByNumber", hex(block), False)
        call = {"to": made.token, "data": authorization_state_data(self.wallet.address, made.nonce)}
        used = batch.ask("eth_call", call, hex(block))
        query = {"to": self.wallet.address, "data": self.wallet.call_data("mandateHash")}
        in_force = batch.ask("eth_call", query, hex(block))
        batch.run()
        if int.from_bytes(HexBytes(used.value)) == 1:
            raise AlreadyPaid(self.key, made.payee)
        ended = to_int(header.value["timestamp"]) >= to_timestamp(made.valid_before)
        return ended or bytes(HexBytes(in_force.value)) != written.mandate_hash

    def _place(self) -> Place:
        return Place.of(self.wallet.node.chain_id(), self.wallet.address, self.key)

    def _content(self) -> bytes:
        return CHEQUE + encode(["address", "address", "uint256"], [self.token, self.payee, self.units])

    def _found(self, entry: Entry) -> tuple[int, Written | None]:
        if entry.way != WAY or entry.content != self._content():
            before = "a cheque to another payee or of another amount" if entry.way == WAY else None
            raise OnceMismatch(self.key, before or describe(self.wallet, entry.content))
        return len(entry.attempts), Written.of(entry.attempts[-1]) if entry.attempts else None


def claim(wallet: AgentWallet, journal: Journal, period: Period, slot: int, owner: str | None) -> bool:
    """Claims a slot for one purchase, among all processes that share the journal. False if it is another one's."""
    name = f"slot {slot} of {period.token}, period {period.number}, mandate {period.mandate_hash[:8].hex()}"
    content = (owner or secrets.token_hex(16)).encode()
    place = Place.of(wallet.node.chain_id(), wallet.address, name)
    entry = journal.write(place, _SLOT_WAY, content, Attempt("", {}), 0)
    return entry.content == content
