"""Cheques: payments that the agent signs without a transaction, and that their payees settle (EIP-3009)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from peculium.acting.bound import Bound
from peculium.acting.cheque_keys import ChequeKey, Written, claim
from peculium.acting.slots import Period
from peculium.authorizations import Domain
from peculium.chain.search import block_since
from peculium.cheques import Cheque
from peculium.errors import InvalidCheque, InvalidInput, NoChequeBook, NoFreeSlot, NoMandate
from peculium.errors.text import date
from peculium.plain import as_plain
from peculium.units import Amount, from_base_units, from_timestamp, to_base_units, to_seconds
from peculium.wallet.cashed import ChequeBooks, settled_authorizations
from peculium.wallet.cheques import require_valid, sign_cheque, unused_slots


@dataclass(frozen=True)
class CashedCheque:
    """A cheque that its payee has settled."""

    slot: int
    """Number of the cheque in its period, from 0."""
    symbol: str
    token: str
    """Address of the token."""
    payee: str
    payee_name: str | None
    amount: Decimal
    """Whole tokens."""
    time: datetime
    """When it was settled (UTC)."""
    block: int
    transaction: str
    """The transaction's hash (0x hex)."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it for a program."""
        plain: dict[str, Any] = as_plain(self)
        return plain


@dataclass(frozen=True)
class _Terms:
    # What a cheque is to say, whatever its period and slot.
    payee: str
    amount: Amount
    domain: Domain | None
    valid_before: datetime | int | None


class Writing(Bound):
    """Cheques of the agent."""

    def write_cheque(
        self,
        token: str,
        payee: str,
        amount: Amount,
        *,
        valid_before: datetime | int | None = None,
        domain: Domain | None = None,
        slot: int | None = None,
        once: str | None = None,
    ) -> Cheque:
        """Signs a cheque of `amount` (whole tokens), valid in the present period of the cheque book. Sends nothing.

        `valid_before` is its end (exclusive), by default that of the period. `domain` is the token's EIP-712 domain, which is
        read from the token if it isn't given. `slot` is the number of the cheque in the period; by default one that is
        neither settled nor was written by this object, or by any process with the same journal.

        With `once`, which needs a journal, a key stands for one purchase: the same key gives the same cheque while it can be
        settled, and another one only when no block can settle the last any more. Raises `AlreadyPaid` once it is settled, and
        `OnceMismatch` if the key was used for something else.

        Raises an error instead of a cheque that the wallet or the token wouldn't take: `NoChequeBook` if the mandate has no
        book in the token, `NoFreeSlot` if all cheques of the period are written, `InvalidCheque` for a slot or an amount that
        the book doesn't have, `NotAgentKey`, `PayeeNotListed` and others as `pay` does, `WrongDomain`,
        `ContractSignaturesRefused`, or a `TokenError`.
        """
        address, to = self.lookup.token(token), self.lookup.payee(payee)
        terms = _Terms(to, amount, domain, valid_before)
        if once is None:
            return self._in_this_period(address, terms, slot, None).cheque
        return self._once(self._key(once, address, to, amount), address, terms, slot)

    def free_cheques(self, token: str) -> list[int]:
        """Returns the slots of the present period whose cheques are neither settled nor were written by this object."""
        return self._free(self._period(self.lookup.token(token)))

    def cheques_cashed(self, since: datetime | int | None = None) -> list[CashedCheque]:
        """Returns the cheques that were settled since a time (an `int` is unix seconds), under all mandates, oldest first."""
        first_block = block_since(self.wallet.node, since)
        if first_block is None:
            return []
        books = ChequeBooks.of(self.wallet)
        found = []
        for token in books.tokens:
            for settled in settled_authorizations(self.wallet, token, first_block):
                slot = books.slot_of(settled)
                if slot is not None:
                    found.append((settled, slot))
        found.sort(key=lambda each: (each[0].block, each[0].index))
        self.lookup.learn(books.tokens)
        return [
            CashedCheque(
                slot,
                self.lookup.symbol(each.token),
                each.token,
                each.payee,
                self.lookup.name_of(each.payee),
                from_base_units(each.amount, self.wallet.token_decimals(each.token)),
                from_timestamp(each.time),
                each.block,
                each.transaction,
            )
            for each, slot in found
        ]

    def _period(self, token: str) -> Period:
        queue = self._reader.queue()
        if queue.mandate is None:
            raise NoMandate()
        for book in queue.mandate.cheque_books:
            if book.token == token:
                number = queue.now // to_seconds(book.period)
                return Period(token, book, queue.mandate.hash(), number)
        raise NoChequeBook(token=token)

    def _key(self, once: str, token: str, payee: str, amount: Amount) -> ChequeKey:
        if self.journal is None:
            raise InvalidInput(
                "A cheque with `once` needs a journal: only what is written down outlives this process. Pass "
                'Agent(..., journal="agent.db").'
            )
        units = to_base_units(amount, self.wallet.token_decimals(token))
        return ChequeKey(self.wallet, self.journal, once, token, payee, units)

    def _once(self, key: ChequeKey, token: str, terms: _Terms, slot: int | None) -> Cheque:
        while True:
            count, last = key.find()
            if last is not None and key.can_settle(last):
                # The wallet's own word: a stop since then makes it worthless for now.
                require_valid(self.wallet, self.key, last.cheque, in_this_period=True)
                return last.cheque
            written = self._in_this_period(token, terms, slot, key.owner)
            if key.write(written, count) == written:
                return written.cheque
            # Another process was faster. Its cheque counts, and this one was handed to nobody.

    def _in_this_period(self, token: str, terms: _Terms, slot: int | None, owner: str | None) -> Written:
        while True:
            period = self._period(token)
            try:
                return Written(self._write(period, terms, slot, owner), period.mandate_hash)
            except InvalidCheque:
                if self.wallet.node.timestamp() < period.end:
                    raise
                # The next period has begun meanwhile.

    def _write(self, period: Period, terms: _Terms, slot: int | None, owner: str | None) -> Cheque:
        while True:
            taken = self._take(period) if slot is None else slot
            try:
                cheque = self._signed(period, terms, taken)
            except BaseException:
                if slot is None:
                    self._slots.give_back(period, taken)
                raise
            self._slots.take(period, [taken])
            if self.journal is None or slot is not None or claim(self.wallet, self.journal, period, taken, owner):
                return cheque
            # Another process has taken this slot. This cheque was handed to nobody.

    def _signed(self, period: Period, terms: _Terms, slot: int) -> Cheque:
        token, domain = period.token, self.domain_of(period.token, terms.domain)
        payee, amount, end = terms.payee, terms.amount, terms.valid_before
        cheque = sign_cheque(self.wallet, self.key, token, payee, amount, domain, slot, period.start, end)
        require_valid(self.wallet, self.key, cheque, in_this_period=True)
        return cheque

    def _take(self, period: Period) -> int:
        taken = self._slots.take(period, self._free(period))
        if taken is None:
            raise NoFreeSlot(
                f"All {period.book.count} cheques of this period are settled or written.",
                f"Wait until {date(period.end)}, when the next period begins, or use pay.",
            )
        return taken

    def _free(self, period: Period) -> list[int]:
        taken = self._slots.taken(period)
        slots = [slot for slot in range(period.book.count) if slot not in taken]
        return unused_slots(self.wallet, period.token, period.mandate_hash, period.number, slots)
