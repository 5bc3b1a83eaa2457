"""Writes a mandate as a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import tomlkit
from tomlkit.items import Array, Table

from peculium.errors import InvalidInput
from peculium.mandate.bounds import ANY_SPENT, BUDGET_DECIMALS, NATIVE, ZERO_ADDRESS, ZERO_HASH
from peculium.mandate.budget import Budget, LimitedPayee
from peculium.mandate.calls import CallRule, Floor
from peculium.mandate.mandate import Mandate
from peculium.mandate.powers import ChequeBook
from peculium.mandate.toml.arguments import argument_value, share_text
from peculium.mandate.toml.functions import function_of
from peculium.mandate.toml.keys import FOREVER_NAME, NATIVE_NAME, PER
from peculium.mandate.toml.names import Names
from peculium.mandate.toml.quantities import amount_text, length_text
from peculium.mandate.toml.syntax import HEADING, VERSION
from peculium.units import FOREVER, from_timestamp, to_address, to_timestamp


def dump_mandate(mandate: Mandate, names: Mapping[str, str] | None = None) -> str:
    """Returns a mandate as the text of a file that `load_mandate` reads.

    `names` are addresses by name; those that the mandate has are written with their names. The mandate that is read again has
    the same hash. Raises the error of `Mandate.check` for a mandate that no wallet would take.
    """
    mandate.check()
    return tomlkit.dumps(_Writer(mandate, names or {}).document())


class _Writer:
    def __init__(self, mandate: Mandate, names: Mapping[str, str]) -> None:
        self._mandate = mandate
        # Checks the names.
        Names(names, None)
        self._names = {to_address(address): name for name, address in names.items()}
        self._names.pop(NATIVE, None)
        if len(self._names) < len([each for each in names.values() if to_address(each) != NATIVE]):
            raise InvalidInput("Two names stand for one address. Pass one name for each.")
        self._used: dict[str, str] = {}

    def document(self) -> tomlkit.TOMLDocument:
        budgets = tomlkit.table(is_super_table=True)
        for budget in self._mandate.budgets:
            budgets.add(budget.currency, self._budget(budget))
        calls = tomlkit.aot()
        for rule in self._mandate.calls:
            calls.append(self._call(rule))
        head, powers = self._head(), self._powers()
        document = tomlkit.document()
        document.add(tomlkit.comment(f"{HEADING} {VERSION}"))
        for key, value in head.items():
            document.add(key, value)
        for key, table in (*self._name_tables(), *powers):
            document.add(key, table)
        document.add("budget", budgets)
        if self._mandate.calls:
            document.add("call", calls)
        return document

    def _head(self) -> dict[str, Any]:
        m = self._mandate
        head: dict[str, Any] = {
            "principal": self._name(m.principal),
            "agent_key": self._name(m.agent_key),
            "valid_from": _moment(m.valid_from),
            "valid_until": _moment(m.valid_until),
        }
        optional = {
            "epoch": m.epoch,
            "round": m.round,
            "terms": m.terms_uri,
            "terms_hash": "0x" + m.terms_hash.hex() if m.terms_hash != ZERO_HASH else "",
            "guard": self._name(m.guard) if m.guard != ZERO_ADDRESS else "",
        }
        return head | {key: value for key, value in optional.items() if value}

    def _name_tables(self) -> list[tuple[str, Table]]:
        decimals = {token.address: token.decimals for budget in self._mandate.budgets for token in budget.tokens}
        names, tokens = tomlkit.table(), tomlkit.table()
        for address, name in self._used.items():
            if address in decimals:
                tokens.add(name, _inline({"address": address, "decimals": decimals[address]}))
            else:
                names.add(name, address)
        return [(key, table) for key, table in (("names", names), ("tokens", tokens)) if len(table)]

    def _powers(self) -> list[tuple[str, Table]]:
        m, found = self._mandate, []
        if m.max_requests:
            found.append(("requests", _table(count=m.max_requests, longest_age=length_text(m.max_request_age))))
        if m.max_authorization_age:
            found.append(("authorizations", _table(longest_age=length_text(m.max_authorization_age))))
        gas = m.gas_terms
        if gas.window:
            operation = {"per_operation": amount_text(gas.operation_limit, NATIVE_NAME)}
            found.append(("gas", _table(**operation, **_windows([(gas.window, gas.window_limit)], NATIVE_NAME))))
        return found

    # Budgets

    def _budget(self, budget: Budget) -> Table:
        unit = budget.currency
        table = _table(tokens=[self._token(token.address, token.decimals) for token in budget.tokens])
        if budget.decimals != BUDGET_DECIMALS:
            table.add("decimals", budget.decimals)
        table.add("per_payment", amount_text(budget.payment_limit, unit))
        for key, value in _windows([(each.length, each.limit) for each in budget.windows], unit).items():
            table.add(key, value)
        table.add("ever", amount_text(budget.lifetime_limit, unit))
        if budget.spent_at_most != ANY_SPENT:
            table.add("spent_at_most", amount_text(budget.spent_at_most, unit))
        payees = [self._name(each) for each in budget.payees]
        payees += [self._limited_payee(each, unit) for each in budget.limited_payees]
        if payees:
            table.add("payees", _list(payees))
        if budget.stranger_payment_limit:
            terms = {"per_payment": amount_text(budget.stranger_payment_limit, unit)}
            terms |= _windows([(budget.windows[0].length, budget.stranger_window_limit)], unit)
            table.add("strangers", _inline(terms))
        book = self._mandate.book_of(budget)
        if book is not None:
            table.add("cheques", self._book(book, budget))
        return table

    def _token(self, address: str, decimals: int) -> Any:
        if address == NATIVE:
            return NATIVE_NAME if decimals == 18 else _inline({"address": address, "decimals": decimals})
        name = self._name(address)
        return name if name != address else _inline({"address": address, "decimals": decimals})

    def _limited_payee(self, each: LimitedPayee, unit: str) -> Any:
        terms: dict[str, Any] = {"payee": self._name(each.payee)}
        if each.limit != ANY_SPENT:
            terms["limit"] = amount_text(each.limit, unit)
        if to_timestamp(each.valid_until) != FOREVER:
            terms["until"] = _moment(each.valid_until)
        return _inline(terms)

    def _book(self, book: ChequeBook, budget: Budget) -> Any:
        terms: dict[str, Any] = {"token": self._name(book.token)} if len(budget.tokens) > 1 else {}
        terms["count"] = book.count
        terms["limit"] = amount_text(book.limit, budget.currency)
        terms["period"] = length_text(book.period)
        if book.strangers:
            terms["strangers"] = True
        ordered = [each for each in map(self._mandate.book_of, self._mandate.budgets) if each is not None]
        if ordered != list(self._mandate.cheque_books):
            terms["order"] = self._mandate.cheque_books.index(book) + 1
        return _inline(terms)

    # Calls

    def _call(self, rule: CallRule) -> Table:
        budget = self._mandate.budget_of(rule.token)
        assert budget is not None
        parsed = function_of(rule.function)
        exact = parsed is not None and parsed.signature == rule.function
        table = _table(target=self._name(rule.target), function=rule.function if exact else "0x" + rule.selector.hex())
        if rule.variant:
            table.add("variant", rule.variant)
        table.add("token", NATIVE_NAME if rule.token == NATIVE else self._name(rule.token))
        if rule.value_limit:
            table.add("value", amount_text(rule.value_limit, NATIVE_NAME))
        if rule.pull_limit:
            table.add("pull", amount_text(rule.pull_limit, self._unit(rule.token) or budget.currency))
        table.add("max_calls", rule.max_calls)
        table.add("window", length_text(rule.window))
        if rule.floor is not None and rule.floor.per:
            table.add("floor", self._floor(rule.floor, rule.token))
        words = parsed.words if parsed and exact else None
        types = [word.type for word in words or ()] + [""] * len(rule.arguments)
        arguments = [argument_value(each, types[i], self._named) for i, each in enumerate(rule.arguments)]
        if arguments or words != ():
            table.add("arguments", _list([_inline(each) if isinstance(each, dict) else each for each in arguments]))
        return table

    def _floor(self, floor: Floor, charged: str) -> Any:
        decimals = {token.address: token.decimals for budget in self._mandate.budgets for token in budget.tokens}
        decimals.setdefault(NATIVE, 18)
        units = self._unit(floor.token), self._unit(charged)
        if floor.token in decimals and units[0] and units[1]:
            gained, paid = (units[0], decimals[floor.token]), (units[1], decimals[charged])
            text = share_text(floor.gain, floor.per, gained, paid)
            if text and Floor.of(floor.token, gained[1], text.split(" ")[0], paid[1]) == floor:
                return text
        token = NATIVE_NAME if floor.token == NATIVE else self._name(floor.token)
        return _inline({"token": token, "gain": floor.gain, "per": floor.per})

    def _unit(self, token: str) -> str | None:
        # A name with blanks can't follow an amount.
        if token == NATIVE:
            return NATIVE_NAME
        name = self._named(token)
        return name if name and " " not in name else None

    def _named(self, address: str) -> str | None:
        name = self._name(address)
        return name if name != address else None

    def _name(self, address: str) -> str:
        if address in self._names:
            self._used[address] = self._names[address]
        return self._names.get(address, address)


def _moment(moment: datetime | int) -> Any:
    seconds = to_timestamp(moment)
    return FOREVER_NAME if seconds == FOREVER else from_timestamp(seconds).astimezone(UTC)


def _windows(windows: list[tuple[timedelta, Decimal]], unit: str) -> dict[str, Any]:
    usual = {length: key for key, length in PER.items()}
    named = {usual[length]: amount_text(limit, unit) for length, limit in windows if length in usual}
    further = {length_text(length): amount_text(limit, unit) for length, limit in windows if length not in usual}
    return named | ({"windows": _inline(further)} if further else {})


def _table(**values: Any) -> Table:
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, value)
    return table


def _inline(values: dict[str, Any]) -> Any:
    table = tomlkit.inline_table()
    table.update(values)
    return table


def _list(values: list[Any]) -> Array:
    array = tomlkit.array()
    array.extend(values)
    return array.multiline(len(values) > 3)
