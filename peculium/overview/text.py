"""An overview in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from peculium.errors.money import digits
from peculium.errors.text import date, duration
from peculium.mandate import NO_LIMIT
from peculium.overview.parts import BookState, CurrencyState, Overview, PayeeState, State, TokenState
from peculium.units import to_seconds, to_timestamp
from peculium.wallet import WindowState


def text_of(overview: Overview) -> str:
    """Returns an overview for people, with a line for each fact."""
    return "\n".join(_lines(overview))


def _lines(overview: Overview) -> Iterator[str]:
    principal = overview.principal_name or overview.principal
    yield f"Wallet {overview.wallet} on chain {overview.chain_id} at {_time(overview.time)}: {overview.state}"
    if overview.reason is not None:
        yield f"  {overview.reason}"
    yield f"Principal: {principal}; the registry calls the agent {overview.registered.name.lower().replace('_', ' ')}"
    if overview.state is State.NO_MANDATE or overview.valid_from is None or overview.valid_until is None:
        return
    until = f"from {_time(overview.valid_from)} to {_time(overview.valid_until)}"
    yield f"Mandate: 0x{overview.mandate_hash.hex()[:8]}…, {until}"
    if not overview.has_key:
        yield f"  It names the agent key {overview.agent_key}, not yours."
    for currency in overview.currencies:
        yield from _currency(currency)
    if overview.guard and any(each.fleet is None for each in overview.currencies):
        yield f"Guard: {overview.guard} can refuse any payment"
    yield from (_book(each) for each in overview.cheque_books)
    for request in overview.requests:
        until = "" if request.expires_at is None else f", until {_time(request.expires_at)}"
        yield f"Request in slot {request.slot}: {request.asks}{until}"
    for each in overview.authorizations:
        state = "settled" if each.settled else "lapsed" if each.can_be_closed else f"until {_time(each.valid_before)}"
        payee = each.payee_name or each.payee
        yield f"Authorization: {digits(each.amount)} {each.symbol} to {payee}, {state}"


def _currency(currency: CurrencyState) -> Iterator[str]:
    name = currency.name
    strangers = f", {digits(currency.now_to_stranger)} to others" if currency.strangers else ""
    yield f"{name}: one payment can be at most {digits(currency.now)} now{strangers}"
    yield f"  limit of one payment {digits(currency.payment_limit)}"
    yield from (f"  {_window(each)}" for each in currency.windows)
    yield f"  ever: {digits(currency.lifetime)} left of {digits(currency.lifetime_limit)}"
    if currency.pending:
        yield f"  {digits(currency.pending)} pre-authorized and not closed"
    if currency.strangers:
        yield f"  to others: {digits(currency.strangers.payment)} a payment; {_window(currency.strangers.window)}"
    if currency.fleet is not None:
        yield from (f"  all wallets of the principal: {_window(each)}" for each in currency.fleet.windows)
        yield f"  all wallets of the principal: {digits(currency.fleet.lifetime)} left for ever"
    yield f"  balance: {', '.join(_token(each) for each in currency.tokens)}"
    payees = ", ".join(_payee(each) for each in currency.payees)
    yield f"  payees: {payees or 'none listed'}"


def _window(window: WindowState) -> str:
    back = f"; {digits(window.returns)} more from {_time(window.returns_at)}" if window.returns_at else ""
    length = duration(to_seconds(window.length))
    return f"in any {length}: {digits(window.remaining)} left of {digits(window.limit)}{back}"


def _token(token: TokenState) -> str:
    return f"{digits(token.balance)} {token.symbol}"


def _payee(payee: PayeeState) -> str:
    terms = []
    if payee.limit != NO_LIMIT:
        terms.append(f"{digits(payee.left)} left of {digits(payee.limit)}")
    if payee.valid_until is not None:
        terms.append(f"until {_time(payee.valid_until)}")
    return (payee.name or payee.address) + (f" ({', '.join(terms)})" if terms else "")


def _book(book: BookState) -> str:
    length = duration(to_seconds(book.period))
    return (
        f"Cheques: {book.left} of {book.count} of at most {digits(Decimal(book.limit))} {book.currency} in {book.symbol} "
        f"left, until {_time(book.period_ends)} (period of {length})"
    )


def _time(moment: datetime) -> str:
    return date(to_timestamp(moment))
