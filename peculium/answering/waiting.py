"""What a principal needs to know to decide a request: what, to whom, how far beyond the mandate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_abi.grammar import parse

from peculium.errors import ContractError, InvalidInput, PeculiumError, clean, digits
from peculium.explain.meaning import meaning_of, tokens_in
from peculium.explain.on_chain import read_units
from peculium.explain.words import length, money
from peculium.history import HistoryEntry, Kind, read_history
from peculium.lookup import Lookup
from peculium.mandate import Budget, Mandate
from peculium.overview.open import OpenReader
from peculium.plain import as_plain
from peculium.units import from_timestamp, to_address, to_base_units, to_data, to_timestamp
from peculium.wallet import AgentWallet, Call, CallRequest, PendingRequest, Remaining, Request

PAID = (Kind.PAYMENT, Kind.CALL, Kind.AUTHORIZATION, Kind.CHEQUE, Kind.REQUEST)
"""What counts as paid to a payee."""


@dataclass(frozen=True)
class Waiting:
    """A request that waits for the principal's decision."""

    wallet: str
    pending: PendingRequest
    asks: str
    """What is asked for, in words. The reference in it is the agent's own text."""
    payee: str | None
    """Address of the payee, or of the contract to call; None if the request can't be shown."""
    payee_name: str | None
    """Its name in the principal's address book."""
    listed: bool
    """Whether the mandate lists the payee, or has a rule for the contract."""
    before: tuple[HistoryEntry, ...]
    """What it was paid from this wallet before, oldest first."""
    beyond: tuple[str, ...]
    """How far it goes beyond the mandate's limits as they stand now, in sentences."""
    refusal: PeculiumError | None
    """Why the agent can't do it without asking; None if it could now."""
    call: tuple[str, ...] = ()
    """What the requested call says, in lines."""

    @property
    def expires_at(self) -> datetime | None:
        """When it can't be approved any more (UTC, exclusive)."""
        request = self.pending.request
        return None if request is None else from_timestamp(to_timestamp(request.expires_at))

    @property
    def history(self) -> str:
        """What the payee was paid before, in words."""
        if not self.before:
            return "never paid by this wallet"
        last, sums = self.before[-1], dict[str, Decimal]()
        for each in self.before:
            sums[each.symbol] = sums.get(each.symbol, Decimal(0)) + (each.amount or 0)
        count = "once" if len(self.before) == 1 else f"{len(self.before)} times"
        total = ", ".join(f"{digits(amount)} {symbol}" for symbol, amount in sums.items())
        return f"paid {count} by this wallet, {total} in all, last on {last.time:%Y-%m-%d}"

    def as_dict(self) -> dict[str, Any]:
        """Returns it for a program."""
        found: dict[str, Any] = as_plain(
            {
                "wallet": self.wallet,
                "slot": self.pending.slot,
                "asks": self.asks,
                "request": self.pending.request,
                "request_hash": self.pending.request_hash,
                "asked_at": self.pending.asked_at,
                "expires_at": self.expires_at,
                "payee": self.payee,
                "payee_name": self.payee_name,
                "listed": self.listed,
                "paid_before": len(self.before),
                "history": self.history,
                "beyond": self.beyond,
                "refusal": self.refusal,
                "call": self.call,
            }
        )
        return found


def read_waiting(wallet: AgentWallet, names: Mapping[str, str]) -> list[Waiting]:
    """Reads the requests of a wallet that wait, by slot, with what the principal needs to know about each.

    `names` is the principal's address book.
    """
    lookup = Lookup(wallet, names)
    pending = wallet.pending_requests()
    if not pending:
        return []
    mandate = wallet.last_mandate()
    history = [each for each in read_history(wallet, lookup) if each.kind in PAID]
    asks = OpenReader(wallet, lookup).asks
    found = [_waiting(wallet, lookup, mandate, history, each, asks(each.request)) for each in pending]
    return [replace(each, call=tuple(_call(wallet, mandate, each.pending.request, names))) for each in found]


def _waiting(
    wallet: AgentWallet,
    lookup: Lookup,
    mandate: Mandate,
    history: list[HistoryEntry],
    pending: PendingRequest,
    asks: str,
) -> Waiting:
    request = pending.request
    if request is None:
        return Waiting(wallet.address, pending, asks, None, None, False, (), (), None)
    if isinstance(request, Request):
        payee = to_address(request.payee)
        budget = mandate.budget_of(to_address(request.token))
        listed = budget is not None and payee in (*budget.payees, *(each.payee for each in budget.limited_payees))
        beyond = tuple(_beyond(wallet, budget, request)) if budget else ("No budget of the mandate has this token.",)
    else:
        payee, beyond = to_address(request.target), ()
        listed = any(rule.target == payee for rule in mandate.calls)
    return Waiting(
        wallet.address,
        pending,
        asks,
        payee,
        lookup.name_of(payee),
        listed,
        tuple(each for each in history if each.payee == payee),
        beyond,
        _refusal(wallet, mandate, pending),
    )


def _call(
    wallet: AgentWallet, mandate: Mandate, request: Request | CallRequest | None, names: Mapping[str, str]
) -> Iterator[str]:
    if not isinstance(request, CallRequest):
        return
    data = to_data(request.data, "data")
    functions = [rule.function for rule in mandate.calls if rule.selector == data[:4] and "(" in rule.function]
    for function in functions[:1]:
        if (words := _arguments(function, data[4:])) is not None:
            yield f"calls {function.partition('(')[0]}({', '.join(words)})"
            return
    meaning = meaning_of(data, names, read_units(wallet.node, tokens_in(data)))
    yield from str(meaning).splitlines() if data else ["calls without data"]
    if meaning.kind == "unknown" and data:
        yield f"The data: 0x{data.hex()}"


def _arguments(function: str, body: bytes) -> list[str] | None:
    types = [each.to_type_str() for each in parse("(" + function.partition("(")[2]).components]
    try:
        values = decode(types, body)
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return None
    return [f"{type_} {clean(str(as_plain(value)))}" for type_, value in zip(types, values, strict=True)]


def _beyond(wallet: AgentWallet, budget: Budget, request: Request) -> Iterator[str]:
    decimals = next(token.decimals for token in budget.tokens if token.address == to_address(request.token))
    charge = budget.whole(budget.charge(to_address(request.token), to_base_units(request.amount, decimals)))
    left: Remaining = wallet.remaining(budget)

    def over(most: Decimal, what: str) -> Iterator[str]:
        if charge > most:
            yield f"{money(charge - most, budget.currency)} beyond {what} ({money(most, budget.currency)})."

    yield from over(left.payment, "the limit of one payment")
    for window in left.windows:
        yield from over(window.remaining, f"what is left in any {length(window.length)}")
    yield from over(left.lifetime, "what is left for ever")


def _refusal(wallet: AgentWallet, mandate: Mandate, pending: PendingRequest) -> PeculiumError | None:
    request = pending.request
    assert request is not None
    try:
        if isinstance(request, Request):
            wallet.would_refuse(mandate.agent_key, request.token, request.payee, request.amount, request.ref)
        else:
            call = Call(request.target, request.data, request.value, request.pull, ref=request.ref)
            wallet.read("call", *call.arguments(wallet), sender=mandate.agent_key)
    except (ContractError, InvalidInput) as refusal:
        return refusal
    return None
