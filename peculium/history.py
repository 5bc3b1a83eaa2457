"""What left a wallet, read from events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from peculium.chain.logs import read_logs
from peculium.chain.receipts import Event, event_of
from peculium.chain.search import block_since
from peculium.contract import load_abi
from peculium.errors import InvalidInput, clean, quote
from peculium.errors.money import digits
from peculium.errors.text import date
from peculium.journal import Journal
from peculium.lookup import Lookup
from peculium.plain import as_plain
from peculium.units import from_base_units, from_timestamp, to_timestamp
from peculium.wallet import AgentWallet
from peculium.wallet.cashed import ChequeBooks, Settled, settled_authorizations, times_of
from peculium.wallet.refs import ref_text


class Kind(StrEnum):
    """Why money left the wallet."""

    PAYMENT = "payment"
    CALL = "call"
    """What a call of the agent sent, or let its target take."""
    FEE = "relay fee"
    AUTHORIZATION = "authorization"
    """Charged in advance; its payee settles it."""
    CHEQUE = "cheque"
    """A cheque that its payee settled."""
    REQUEST = "approved request"
    """Asked for by the agent, approved by the principal."""
    WITHDRAWAL = "withdrawal"
    """Of the principal."""


class Path(StrEnum):
    """How an action reached the wallet, as far as the events of its transaction tell."""

    DIRECT = "direct"
    """A transaction of the agent key."""
    RELAYED = "relayed"
    OPERATION = "operation"
    """A user operation (ERC-4337)."""


@dataclass(frozen=True)
class HistoryEntry:
    """An amount that left the wallet, or was promised."""

    time: datetime
    """Time of the block (UTC)."""
    kind: Kind
    path: Path | None
    """None for what the agent hasn't sent itself."""
    payee: str
    payee_name: str | None
    symbol: str
    token: str
    """Address of the token."""
    amount: Decimal | None
    """Whole tokens; None if the token doesn't report its decimals."""
    ref: str
    """The reference as text if it is printable or the journal has it, else 0x hex; empty if there is none."""
    settled: bool | None
    """Whether an authorization was settled; None while it isn't closed. True for everything else."""
    block: int
    transaction: str
    """The transaction's hash (0x hex)."""
    index: int
    """Position among all events of the block."""

    def as_dict(self) -> dict[str, Any]:
        """Returns the entry for a program."""
        plain: dict[str, Any] = as_plain(self)
        return plain

    def __str__(self) -> str:
        amount = "an unknown amount of" if self.amount is None else digits(self.amount)
        ref = f" for {quote(self.ref)}" if self.ref else ""
        state = {None: ", open", False: ", released"}.get(self.settled, "")
        path = f" ({self.path})" if self.path else ""
        when = date(to_timestamp(self.time))
        return f"{when} {self.kind}: {amount} {self.symbol} to {self.payee_name or self.payee}{ref}{state}{path}"


def read_history(
    wallet: AgentWallet, lookup: Lookup, since: datetime | int | None = None, journal: Journal | None = None
) -> list[HistoryEntry]:
    """Returns what left a wallet since a time (an `int` is unix seconds), oldest first.

    The journal has the texts of references that are too long for an event.
    """
    start = block_since(wallet.node, since)
    if start is None:
        return []
    logs = read_logs(wallet.node, wallet.address, [], start)
    events = _Events.of(wallet, logs, start)
    books = ChequeBooks.of(wallet)
    cashed = [
        each
        for token in books.tokens
        for each in settled_authorizations(wallet, token, start)
        if books.slot_of(each) is not None
    ]
    made = [_Made.of_cheque(each) for each in cashed] + list(events.made())
    made.sort(key=lambda each: (each.block, each.index))
    lookup.learn(each.token for each in made)
    times = {each.block: each.time for each in cashed} | times_of(wallet.node, logs)
    return [each.entry(wallet, lookup, times[each.block], _text(each.ref, journal)) for each in made]


def _text(ref: bytes, journal: Journal | None) -> str:
    text = None if journal is None else journal.text_of(ref)
    return ref_text(ref) if text is None else clean(text)


@dataclass(frozen=True)
class _Made:
    # An entry before it is shown.
    kind: Kind
    path: Path | None
    token: str
    payee: str
    amount: int
    ref: bytes
    settled: bool | None
    block: int
    transaction: str
    index: int

    @classmethod
    def of_cheque(cls, settled: Settled) -> _Made:
        where = settled.block, settled.transaction, settled.index
        return cls(Kind.CHEQUE, None, settled.token, settled.payee, settled.amount, bytes(32), True, *where)

    def entry(self, wallet: AgentWallet, lookup: Lookup, time: int, ref: str) -> HistoryEntry:
        try:
            amount = from_base_units(self.amount, wallet.token_decimals(self.token))
        except InvalidInput:
            amount = None
        return HistoryEntry(
            from_timestamp(time),
            self.kind,
            self.path,
            self.payee,
            lookup.name_of(self.payee),
            lookup.symbol(self.token),
            self.token,
            amount,
            ref,
            self.settled,
            self.block,
            self.transaction,
            self.index,
        )


@dataclass(frozen=True)
class _Events:
    # The events of a wallet, and the transactions with user operations of its agent.
    events: tuple[Event, ...]
    operations: frozenset[str]
    by_transaction: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, wallet: AgentWallet, logs: Sequence[dict[str, Any]], start: int) -> _Events:
        events = tuple(event for log in logs if (event := event_of(log)) is not None)
        found = cls(events, frozenset(_operations(wallet, start)))
        for event in events:
            found.by_transaction[event.transaction].append(event)
        return found

    def made(self) -> Iterator[_Made]:
        readers: dict[str, Callable[[Event], _Made | None]] = {
            "PaymentMade": self._payment,
            "PaymentAuthorized": self._authorization,
            "RequestApproved": self._approved,
            "CallApproved": self._approved_call,
            "Withdrawn": self._withdrawal,
        }
        for event in self.events:
            reader = readers.get(event.name)
            made = None if reader is None else reader(event)
            if made is not None:
                yield made

    def _payment(self, event: Event) -> _Made:
        values = event.arguments
        ref, beside = bytes(values["ref"]), self.by_transaction[event.transaction]
        kind = Kind.PAYMENT
        if any(each.name == "ActionRelayed" and each.arguments["nonce"].to_bytes(32) == ref for each in beside):
            # A fee for relaying has the nonce of its action as reference.
            kind = Kind.FEE
        elif any(each.name == "CallMade" and _is_call_of(each, values["payee"], ref) for each in beside):
            kind = Kind.CALL
        return self._made(event, kind, values["token"], values["payee"], values["amount"], ref, agents=True)

    def _authorization(self, event: Event) -> _Made:
        values, struct = event.arguments, event.arguments["authorization"]
        closed = [
            each.arguments["settled"]
            for each in self.events
            if each.name == "AuthorizationClosed"
            and each.arguments["digest"] == values["digest"]
            and (each.block, each.index) > (event.block, event.index)
        ]
        # One that was closed as unused can be made again, so the first counts.
        settled = closed[0] if closed else None
        ref = bytes(values["ref"])
        token, payee, amount = values["token"], values["payee"], struct["amount"]
        return self._made(event, Kind.AUTHORIZATION, token, payee, amount, ref, settled, agents=True)

    def _approved(self, event: Event) -> _Made:
        request = event.arguments["request"]
        ref = bytes(request["ref"])
        return self._made(event, Kind.REQUEST, request["token"], request["payee"], request["amount"], ref)

    def _approved_call(self, event: Event) -> _Made | None:
        request = event.arguments["request"]
        if not request["pull"]:
            return None
        ref = bytes(request["ref"])
        return self._made(event, Kind.REQUEST, request["pullToken"], request["target"], request["pull"], ref)

    def _withdrawal(self, event: Event) -> _Made:
        values = event.arguments
        return self._made(event, Kind.WITHDRAWAL, values["token"], values["to"], values["amount"], bytes(32))

    def _made(
        self,
        event: Event,
        kind: Kind,
        token: str,
        payee: str,
        amount: int,
        ref: bytes,
        settled: bool | None = True,
        agents: bool = False,
    ) -> _Made:
        path = self._path(event) if agents else None
        return _Made(kind, path, token, payee, amount, ref, settled, event.block, event.transaction, event.index)

    def _path(self, event: Event) -> Path:
        names = {each.name for each in self.by_transaction[event.transaction]}
        if "ActionRelayed" in names:
            return Path.RELAYED
        return Path.OPERATION if event.transaction in self.operations else Path.DIRECT


def _is_call_of(call: Event, target: str, ref: bytes) -> bool:
    return bool(call.arguments["target"] == target and bytes(call.arguments["ref"]) == ref)


def _operations(wallet: AgentWallet, start: int) -> Iterable[str]:
    # Transactions in which the EntryPoint has executed an operation of this wallet.
    entry_point = wallet.read("ENTRY_POINT")
    contract = wallet.web3.eth.contract(abi=load_abi("EntryPoint"))
    sender = "0x" + wallet.address[2:].lower().rjust(64, "0")
    topic = contract.events["UserOperationEvent"]().topic
    return (log["transactionHash"] for log in read_logs(wallet.node, entry_point, [topic, None, sender], start))
