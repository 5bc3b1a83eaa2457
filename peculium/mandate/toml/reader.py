"""Reads a mandate's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from peculium import errors
from peculium.mandate.bounds import (
    ANY_SPENT,
    BUDGET_DECIMALS,
    MAX_BUDGET_DECIMALS,
    NATIVE,
    NO_LIMIT,
    ZERO_ADDRESS,
    ZERO_HASH,
)
from peculium.mandate.budget import Budget, LimitedPayee, Token, Window
from peculium.mandate.mandate import Mandate
from peculium.mandate.powers import ChequeBook, GasTerms
from peculium.mandate.toml import keys
from peculium.mandate.toml.calls import calls_of
from peculium.mandate.toml.errors import InvalidMandateFile
from peculium.mandate.toml.names import Names
from peculium.mandate.toml.nodes import Node, Table, document_of
from peculium.mandate.toml.quantities import amount_of, length_of, length_text, windows_of
from peculium.units import FOREVER, to_bytes32


@dataclass(frozen=True)
class MandateFile:
    """A mandate as a file has it, with its names."""

    mandate: Mandate
    names: Mapping[str, str]
    """Address of each name of the file and of the reader's address book, tokens among them."""


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
        self._books: list[tuple[int, ChequeBook]] = []

    def read(self) -> MandateFile:
        """Returns the mandate. Raises `InvalidMandateFile`."""
        top = self._document.table(keys.MANDATE, "the mandate", "[budget.USD]")
        self._names.read(top)
        budgets = self._budgets(top)
        principal = self._names.address(top.require("principal", 'principal = "0x…"'))
        requests, authorizations = self._part(top, "requests"), self._part(top, "authorizations")
        gas = self._gas(top)
        with self._document.explaining():
            mandate = Mandate(
                principal=principal,
                agent_key=self._names.address(top.require("agent_key", 'agent_key = "0x…"')),
                valid_from=self._moment(top, "valid_from"),
                valid_until=self._moment(top, "valid_until"),
                budgets=budgets,
                epoch=self._epoch(top, principal),
                round=self._number(top, "round"),
                terms_hash=self._terms_hash(top),
                terms_uri=uri.text('"https://…"') if (uri := top.get("terms")) else "",
                calls=calls_of(top, budgets, self._names),
                cheque_books=[book for _, book in sorted(self._books, key=lambda each: each[0])],
                max_requests=requests.require("count", "count = 3").integer("3") if requests else 0,
                max_request_age=_age(requests),
                max_authorization_age=_age(authorizations),
                gas_terms=gas,
                guard=self._names.address(guard) if (guard := top.get("guard")) else ZERO_ADDRESS,
            )
        self._check(mandate)
        return MandateFile(mandate, dict(self._names.by_name))

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

    # Budgets

    def _budgets(self, top: Table) -> list[Budget]:
        example = '[budget.USD] and, below it, per_payment = "50 USD"'
        tables = top.require("budget", example).entries(example)
        if not tables:
            raise self._document.refuse(f"The mandate has no budget. Write {example}")
        return [self._budget(table) for table in tables]

    def _budget(self, node: Node) -> Budget:
        currency = str(node.path[-1])
        what = f"the budget in {node.name}"
        table = node.table(keys.BUDGET, what, "[budget.USD]")
        digits = table.get("decimals")
        decimals = digits.integer("6") if digits else BUDGET_DECIMALS
        if not 0 <= decimals <= MAX_BUDGET_DECIMALS:
            raise (digits or node).refuse(f"decimals must be 0 to {MAX_BUDGET_DECIMALS}.")
        windows = windows_of(table, currency, decimals)
        tokens = self._tokens(table)

        def money(key: str, example: str) -> Decimal:
            return amount_of(table.require(key, f'{key} = "{example} {currency}"'), [currency], decimals)

        strangers = self._strangers(table, currency, decimals, windows[0][0])
        payees, limited = self._payees(table, currency, decimals)
        seen = table.get("spent_at_most")
        self._cheques(table, currency, decimals, tokens)
        return Budget(
            currency=currency,
            payment_limit=money("per_payment", "50"),
            lifetime_limit=money("ever", "5000"),
            windows=[Window(length, limit) for length, limit, _ in windows],
            tokens=tokens,
            payees=payees,
            limited_payees=limited,
            decimals=decimals,
            spent_at_most=amount_of(seen, [currency], decimals) if seen else ANY_SPENT,
            stranger_payment_limit=strangers[0],
            stranger_window_limit=strangers[1],
        )

    def _tokens(self, table: Table) -> list[Token]:
        example = 'tokens = ["USDC"], and its address and decimals in [tokens]'
        return [self._names.token(each) for each in table.require("tokens", example).items('["USDC"]')]

    def _payees(self, table: Table, currency: str, decimals: int) -> tuple[list[str], list[LimitedPayee]]:
        node = table.get("payees")
        plain: list[str] = []
        limited: list[LimitedPayee] = []
        for each in node.items('["supplier"]') if node else []:
            if isinstance(each.value, dict):
                payee = self._limited_payee(each, currency, decimals)
                limited.append(payee)
                address = payee.payee
            else:
                address = self._names.address(each)
                plain.append(address)
            if address in (*plain[:-1], *(other.payee for other in limited[:-1])) or (
                address in plain and address in (other.payee for other in limited)
            ):
                raise each.refuse(f"The payee {address} is listed twice. Keep one of the lines.")
        return plain, limited

    def _limited_payee(self, node: Node, currency: str, decimals: int) -> LimitedPayee:
        table = node.table(keys.PAYEE, "a payee", '{ payee = "supplier", limit = "10 USD" }')
        limit, until = table.get("limit"), table.get("until")
        return LimitedPayee(
            self._names.address(table.require("payee", 'payee = "supplier"')),
            amount_of(limit, [currency], decimals) if limit else NO_LIMIT,
            until.moment() if until else FOREVER,
        )

    def _strangers(self, table: Table, currency: str, decimals: int, first: timedelta) -> tuple[Decimal, Decimal]:
        node = table.get("strangers")
        if node is None:
            return Decimal(0), Decimal(0)
        example = f'{{ per_payment = "0.10 {currency}", per_day = "5 {currency}" }}'
        terms = node.table(keys.STRANGERS, f"the strangers' terms in {currency}", example)
        payment = terms.require("per_payment", f'per_payment = "0.10 {currency}"')
        (length, limit, place), *more = windows_of(terms, currency, decimals)
        if length != first or more:
            wrong = more[0][2] if more and length == first else place
            raise wrong.refuse(
                f"Strangers have one window, as long as the budget's shortest: {length_text(first)}. Write their limit for that."
            )
        return amount_of(payment, [currency], decimals), limit

    def _cheques(self, table: Table, currency: str, decimals: int, tokens: list[Token]) -> None:
        node = table.get("cheques")
        if node is None:
            return
        example = f'{{ count = 10, limit = "1 {currency}", period = "1 hour" }}'
        book = node.table(keys.CHEQUES, f"the cheque book in {currency}", example)
        token, strangers, order = book.get("token"), book.get("strangers"), book.get("order")
        if token is None and len(tokens) != 1:
            raise node.refuse(
                f"The budget in {currency} has {len(tokens)} tokens. Say which one the cheques pay: token = …"
            )
        with node.explaining():
            made = ChequeBook(
                self._names.address(token) if token else tokens[0].address,
                book.require("count", "count = 10").integer("10"),
                amount_of(book.require("limit", f'limit = "1 {currency}"'), [currency], decimals),
                length_of(book.require("period", 'period = "1 hour"')),
                strangers.boolean() if strangers else False,
            )
        self._books.append((order.integer("1") if order else len(self._books) + 1, made))

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
        return Node(None, ("budget", str(currency)), self._document.lines).line if currency else None


def _age(table: Table | None) -> timedelta:
    return length_of(table.require("longest_age", 'longest_age = "2 days"')) if table else timedelta(0)
