"""Says in sentences what an agent can do now: what an overview holds, in the words of its mandate's sentences."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from peculium.errors import digits
from peculium.explain import phrases
from peculium.explain.sentence import Group, Sentence
from peculium.explain.words import Naming, length, listing, moment, money, native
from peculium.mandate import NO_LIMIT
from peculium.plain import as_plain

if TYPE_CHECKING:
    from peculium.overview.parts import CurrencyState, Overview, PayeeState
    from peculium.wallet import WindowState


def explain_now(overview: Overview) -> list[Sentence]:
    """Returns what an agent can do now, in sentences, with the names that the overview has."""
    naming = _naming(overview)
    parts = [_state(overview, naming)]
    if overview.valid_from is not None and overview.valid_until is not None:
        parts.append(_validity(overview))
        parts += [_money(each) for each in overview.currencies]
        parts += [_payees(each, naming) for each in overview.currencies]
        parts += [_requests(overview), _authorizations(overview, naming), _cheques(overview), _gas(overview)]
        parts.append(_guard(overview))
    return list(chain.from_iterable(parts))


def _naming(overview: Overview) -> Naming:
    found = {overview.principal_name: overview.principal} if overview.principal_name else {}
    payees = [each for currency in overview.currencies for each in currency.payees]
    found |= {each.name: each.address for each in payees if each.name}
    return Naming(found | {each.payee_name: each.payee for each in overview.authorizations if each.payee_name})


def _state(overview: Overview, naming: Naming) -> Iterator[Sentence]:
    where = f"The wallet {overview.wallet} on chain {overview.chain_id} is {overview.state} at {moment(overview.time)}."
    yield Sentence(Group.NOW, "state", where, {"wallet": overview.wallet, "state": str(overview.state)})
    if overview.reason is not None:
        yield Sentence(Group.NOW, "reason", str(overview.reason), overview.reason.as_dict())
    registered = overview.registered.name.lower().replace("_", " ")
    text = f"{naming(overview.principal)} answers for it. The registry calls the agent {registered}."
    yield Sentence(Group.NOW, "principal", text, {"principal": overview.principal, "registered": registered})
    if overview.agent_key is not None and not overview.has_key:
        text = f"The mandate names the agent key {overview.agent_key}, not yours."
        yield Sentence(Group.NOW, "other_key", text, {"agent_key": overview.agent_key})
    for each in overview.currencies:
        others = f", and {money(each.now_to_stranger, each.name)} to anybody else" if each.strangers else ""
        text = f"One payment can be at most {money(each.now, each.name)} now{others}."
        data = {"currency": each.name, "now": digits(each.now), "to_stranger": digits(each.now_to_stranger)}
        yield Sentence(Group.NOW, "now", text, data)


def _validity(overview: Overview) -> Iterator[Sentence]:
    assert overview.valid_from is not None
    assert overview.valid_until is not None
    data = {"valid_from": moment(overview.valid_from), "valid_until": moment(overview.valid_until)}
    yield Sentence(Group.VALIDITY, "validity", phrases.validity(overview.valid_from, overview.valid_until), data)
    text = f"Its hash is 0x{overview.mandate_hash.hex()}."
    yield Sentence(Group.VALIDITY, "hash", text, {"mandate_hash": "0x" + overview.mandate_hash.hex()})


def _money(currency: CurrencyState) -> Iterator[Sentence]:
    unit, data = currency.name, {"currency": currency.name}
    text = f"It may spend at most {money(currency.payment_limit, unit)} in one payment."
    yield Sentence(Group.MONEY, "payment_limit", text, data | {"per_payment": digits(currency.payment_limit)})
    yield from (
        Sentence(Group.MONEY, "window", _window(unit, each), data | as_plain(each)) for each in currency.windows
    )
    text = f"{money(currency.lifetime, unit)} of {digits(currency.lifetime_limit)} is left in all."
    yield Sentence(Group.MONEY, "lifetime", text, data | {"left": digits(currency.lifetime)})
    if currency.pending:
        text = f"{money(currency.pending, unit)} is authorized, and counts until it is closed."
        yield Sentence(Group.MONEY, "pending", text, data | {"pending": digits(currency.pending)})
    if currency.fleet is not None:
        for each in currency.fleet.windows:
            text = f"For all wallets of the principal together: {_window(unit, each)}"
            yield Sentence(Group.MONEY, "fleet_window", text, data | as_plain(each))
        text = f"For all wallets of the principal together: {money(currency.fleet.lifetime, unit)} is left in all."
        yield Sentence(Group.MONEY, "fleet_lifetime", text, data | {"left": digits(currency.fleet.lifetime)})
    held = listing([f"{digits(each.balance)} {each.symbol}" for each in currency.tokens])
    balances = {each.address: digits(each.balance) for each in currency.tokens}
    yield Sentence(Group.MONEY, "balances", f"The wallet holds {held}.", data | {"balances": balances})


def _window(unit: str, window: WindowState) -> str:
    back = ""
    if window.returns_at:
        back = f", and {digits(window.returns)} more from {moment(window.returns_at)}"
    return f"{money(window.remaining, unit)} of {digits(window.limit)} is left in any {length(window.length)}{back}."


def _payees(currency: CurrencyState, naming: Naming) -> Iterator[Sentence]:
    unit, data = currency.name, {"currency": currency.name}
    own = [each for each in currency.payees if each.limit != NO_LIMIT or each.valid_until is not None]
    plain = [each.address for each in currency.payees if each not in own]
    if plain:
        text = phrases.listed_payees(unit, [naming(each) for each in plain])
        yield Sentence(Group.PAYEES, "payees", text, data | {"payees": plain})
    for each in own:
        yield Sentence(Group.PAYEES, "limited_payee", _limited(unit, each, naming), data | as_plain(each))
    terms = currency.strangers
    if terms is not None:
        text = phrases.strangers(unit, terms.payment, terms.window.limit, terms.window.length)
        yield Sentence(Group.PAYEES, "strangers", f"{text} {_window(unit, terms.window)}", data | as_plain(terms))


def _limited(unit: str, payee: PayeeState, naming: Naming) -> str:
    text = phrases.limited_payee(unit, naming(payee.address), payee.limit, payee.valid_until)
    return text if payee.limit == NO_LIMIT else f"{text} {money(payee.left, unit)} of it is left."


def _requests(overview: Overview) -> Iterator[Sentence]:
    for each in overview.requests:
        until = "" if each.expires_at is None else f", until {moment(each.expires_at)}"
        text = f"It asks to {each.asks}{until}. The request waits in slot {each.slot}."
        yield Sentence(Group.REQUESTS, "request", text, {"slot": each.slot, "asks": each.asks})


def _authorizations(overview: Overview, naming: Naming) -> Iterator[Sentence]:
    for each in overview.authorizations:
        state = (
            "settled" if each.settled else "void" if each.can_be_closed else f"valid until {moment(each.valid_before)}"
        )
        text = f"It has authorized {digits(each.amount)} {each.symbol} to {naming(each.payee)}, {state}."
        data = {"token": each.token, "payee": each.payee, "amount": digits(each.amount), "settled": each.settled}
        yield Sentence(Group.AUTHORIZATIONS, "authorization", text, data)


def _cheques(overview: Overview) -> Iterator[Sentence]:
    for each in overview.cheque_books:
        terms = each.count, Decimal(each.limit), each.period, each.strangers
        text = phrases.cheques(each.currency, each.symbol, *terms)
        left = f"{each.left} of {each.count} are left until {moment(each.period_ends)}."
        yield Sentence(Group.CHEQUES, "cheques", f"{text} {left}", as_plain(each))


def _gas(overview: Overview) -> Iterator[Sentence]:
    gas = overview.operation_gas
    if gas is not None and gas.window:
        text = phrases.gas(gas.operation_limit, gas.window_limit, gas.window)
        yield Sentence(Group.GAS, "gas", f"{text} {native(gas.remaining)} is left now.", as_plain(gas))


def _guard(overview: Overview) -> Iterator[Sentence]:
    if overview.guard:
        yield Sentence(Group.GUARD, "guard", phrases.guard(overview.guard), {"guard": overview.guard})
