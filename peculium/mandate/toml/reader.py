"""Reads a mandate's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peculium import errors
from peculium.mandate.bounds import NATIVE, ZERO_ADDRESS, ZERO_HASH
from peculium.mandate.mandate import Mandate
from peculium.mandate.powers import GasTerms
from peculium.mandate.toml import keys
from peculium.mandate.toml.budgets import BudgetReader
from peculium.mandate.toml.calls import calls_of
from peculium.mandate.toml.errors import InvalidMandateFile
from peculium.mandate.toml.names import Names
from peculium.mandate.toml.nodes import Node, Table, document_of
from peculium.mandate.toml.quantities import amount_of, length_of, windows_of
from peculium.mandate.toml.syntax import require_version
from peculium.units import FOREVER, to_bytes32


@dataclass(frozen=True)
class MandateFile:
    """A mandate as a file has it, with its names."""

    mandate: Mandate
    names: Mapping[str, str]
    """Address of each name of the file and of the reader's address book, tokens among them."""


def names_in(text: str) -> dict[str, str]:
    """Returns the table `names` of a text, and reads nothing else. Raises `InvalidMandateFile`."""
    node, names = document_of(text), Names({}, None)
    names.read(Table(node, "the mandate"), ("names",))
    node.document.require_sound()
    return names.by_name


class Reader:
    """Reads one file."""

    def __init__(
        self,
        text: str,
        book: Mapping[str, str],
        decimals_of: Callable[[str], int] | None,
        epoch_of: Callable[[str], int] | None,
    ) -> None:
        self._document = document_of(text)
        self._names = Names(book, decimals_of)
        self._epoch_of = epoch_of

    def read(self) -> MandateFile:
        """Returns the mandate. Raises `InvalidMandateFile`, with all mistakes of the file."""
        document = self._document.document
        top, attempt = self._document.table(keys.MANDATE, "the mandate", "[budget.USD]"), document.attempt
        attempt(lambda: self._check_version(top), None)
        self._names.read(top)
        before = document.mistakes
        reader = BudgetReader(self._names)
        budgets = attempt(lambda: reader.read(top), ())
        complete = document.mistakes == before
        principal = attempt(lambda: self._address(top, "principal"), ZERO_ADDRESS)
        terms: dict[str, Any] = {
            "agent_key": attempt(lambda: self._address(top, "agent_key"), ZERO_ADDRESS),
            "valid_from": attempt(lambda: self._moment(top, "valid_from"), 0),
            "valid_until": attempt(lambda: self._moment(top, "valid_until"), 0),
            "epoch": attempt(lambda: self._epoch(top, principal), 0),
            "round": attempt(lambda: self._number(top, "round"), 0),
            "terms_hash": attempt(lambda: self._terms_hash(top), ZERO_HASH),
            "terms_uri": attempt(lambda: uri.text('"https://…"') if (uri := top.get("terms")) else "", ""),
            "calls": attempt(lambda: calls_of(top, budgets, self._names, complete), ()),
            "gas_terms": attempt(lambda: self._gas(top), GasTerms()),
            "guard": attempt(lambda: self._names.address(guard) if (guard := top.get("guard")) else ZERO_ADDRESS, ""),
            **self._requests(top),
        }
        document.require_sound()
        books = [book for _, book in sorted(reader.books, key=lambda each: each[0])]
        with self._document.explaining():
            mandate = Mandate(principal=principal, budgets=budgets, cheque_books=books, **terms)
        self._check(mandate)
        return MandateFile(mandate, dict(self._names.by_name))

    def _check_version(self, top: Table) -> None:
        if (node := top.get("version")) is not None:
            require_version(node.value, node.line)

    def _address(self, top: Table, key: str) -> str:
        return self._names.address(top.require(key, f'{key} = "0x…"'))

    def _requests(self, top: Table) -> dict[str, Any]:
        attempt = self._document.document.attempt
        requests = attempt(lambda: self._part(top, "requests"), None)
        authorizations = attempt(lambda: self._part(top, "authorizations"), None)
        count = attempt(lambda: requests.require("count", "count = 3").integer("3") if requests else 0, 0)
        return {
            "max_requests": count,
            "max_request_age": attempt(lambda: _age(requests), timedelta(0)),
            "max_authorization_age": attempt(lambda: _age(authorizations), timedelta(0)),
        }

    def _part(self, top: Table, key: str) -> Table | None:
        known = {"requests": keys.REQUESTS, "authorizations": keys.AUTHORIZATIONS}[key]
        node = top.get(key)
        return node.table(known, f"[{key}]", f"[{key}]") if node else None

    def _moment(self, top: Table, key: str) -> datetime | int:
        node = top.require(key, f"{key} = 2027-03-01T00:00:00Z")
        return FOREVER if key == "valid_until" and node.value == keys.FOREVER_NAME else node.moment()

    def _number(self, top: Table, key: str) -> int:
        node = top.get(key)
        return node.integer("0") if node else 0

    def _epoch(self, top: Table, principal: str) -> int:
        if top.get("epoch") is None and self._epoch_of is not None:
            return self._epoch_of(principal)
        return self._number(top, "epoch")

    def _terms_hash(self, top: Table) -> bytes:
        node = top.get("terms_hash")
        if node is None:
            return ZERO_HASH
        with node.explaining():
            return to_bytes32(node.text('"0x…"'), "the hash")

    # Powers

    def _gas(self, top: Table) -> GasTerms:
        node = top.get("gas")
        if node is None:
            return GasTerms()
        table = node.table(keys.GAS, "[gas]", "[gas]")
        units = self._names.units_of(NATIVE)
        operation = table.require("per_operation", 'per_operation = "0.001 native"')
        (length, limit, _), *more = windows_of(table, units[0], 18, units)
        if more:
            raise more[0][2].refuse("Gas has one window. Keep one of the limits.")
        return GasTerms(amount_of(operation, units, 18), limit, length)

    def _check(self, mandate: Mandate) -> None:
        try:
            mandate.check()
        except errors.ContractError as error:
            raise InvalidMandateFile(str(error), self._line_of(error)) from error

    def _line_of(self, error: errors.ContractError) -> int | None:
        # The line of the budget, token, payee or target that the error is about.
        for name in ("payee", "target", "token", "guard", "agentKey"):
            address = error.arguments.get(name)
            if address and (line := self._names.line_of(str(address))):
                return line
        currency = error.arguments.get("currency")
        return Node(None, ("budget", str(currency)), self._document.document).line if currency else None


def _age(table: Table | None) -> timedelta:
    return length_of(table.require("longest_age", 'longest_age = "2 days"')) if table else timedelta(0)
