"""Reads the budgets of a mandate's file, with their payees and cheques."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial

from peculium.errors import clean, quote
from peculium.mandate.bounds import ANY_SPENT, BUDGET_DECIMALS, CURRENCY, MAX_BUDGET_DECIMALS, NO_LIMIT
from peculium.mandate.budget import Budget, LimitedPayee, Token, Window
from peculium.mandate.powers import ChequeBook
from peculium.mandate.toml import keys
from peculium.mandate.toml.errors import FollowsFromAnother
from peculium.mandate.toml.names import Names
from peculium.mandate.toml.nodes import Node, Table
from peculium.mandate.toml.quantities import amount_of, length_of, length_text, windows_of
from peculium.units import FOREVER


class BudgetReader:
    """Reads budgets. What is wrong in them is kept by the document."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.books: list[tuple[int, ChequeBook]] = []
        """Cheque books of the budgets that have been read, with the places that the file gives them."""

    def read(self, top: Table) -> list[Budget]:
        """Returns the budgets that can be read."""
        example = '[budget.USD] and, below it, per_payment = "50 USD"'
        tables = top.require("budget", example).entries(example)
        if not tables:
            raise top.node.refuse(f"The mandate has no budget. Write {example}")
        found = [top.node.document.attempt(partial(self._budget, table), None) for table in tables]
        return [each for each in found if each is not None]

    def _budget(self, node: Node) -> Budget | None:
        attempt, before, name = node.document.attempt, node.document.mistakes, str(node.path[-1])
        currency = attempt(lambda: self._currency(node), name.upper())
        table = node.table(keys.BUDGET, f"the budget in {clean(currency)}", "[budget.USD]")
        if not re.fullmatch(CURRENCY, currency):
            # Its amounts can't be right either.
            return None
        decimals = attempt(lambda: self._decimals(table), BUDGET_DECIMALS)
        windows = attempt(lambda: windows_of(table, currency, decimals), ())
        tokens = attempt(lambda: self._tokens(table), ())
        limits = self._limits(table, currency, decimals)
        first = windows[0][0] if windows else None
        strangers = attempt(lambda: self._strangers(table, currency, decimals, first), (Decimal(0), Decimal(0)))
        payees, limited = attempt(lambda: self._payees(table, currency, decimals), ((), ()))
        attempt(lambda: self._cheques(table, currency, decimals, tokens), None)
        if node.document.mistakes > before:
            return None
        return Budget(
            currency=currency,
            windows=[Window(length, limit) for length, limit, _ in windows],
            tokens=tokens,
            payees=payees,
            limited_payees=limited,
            decimals=decimals,
            stranger_payment_limit=strangers[0],
            stranger_window_limit=strangers[1],
            **limits,
        )

    def _limits(self, table: Table, currency: str, decimals: int) -> dict[str, Decimal]:
        attempt, seen = table.node.document.attempt, table.get("spent_at_most")

        def money(key: str, example: str) -> Decimal:
            return amount_of(table.require(key, f'{key} = "{example} {currency}"'), [currency], decimals)

        return {
            "payment_limit": attempt(lambda: money("per_payment", "50"), Decimal(0)),
            "lifetime_limit": attempt(lambda: money("ever", "5000"), Decimal(0)),
            "spent_at_most": attempt(lambda: amount_of(seen, [currency], decimals) if seen else ANY_SPENT, ANY_SPENT),
        }

    def _currency(self, node: Node) -> str:
        name = str(node.path[-1])
        if re.fullmatch(CURRENCY, name):
            return name
        example = name.upper() if re.fullmatch(CURRENCY, name.upper()) else "USD"
        raise node.refuse(
            f"{quote(name)} can't be a currency: its name has 1 to 12 of A-Z and 0-9. Write [budget.{example}], and the amounts "
            f'as "50 {example}".'
        )

    def _decimals(self, table: Table) -> int:
        node = table.get("decimals")
        decimals = node.integer("6") if node else BUDGET_DECIMALS
        if not 0 <= decimals <= MAX_BUDGET_DECIMALS:
            raise (node or table.node).refuse(f"decimals must be 0 to {MAX_BUDGET_DECIMALS}.")
        return decimals

    def _tokens(self, table: Table) -> list[Token]:
        example = 'tokens = ["USDC"], and its address and decimals in [tokens]'
        nodes = table.require("tokens", example).items('["USDC"]')
        found = [each.document.attempt(partial(self._names.token, each), None) for each in nodes]
        return [each for each in found if each is not None]

    def _payees(self, table: Table, currency: str, decimals: int) -> tuple[list[str], list[LimitedPayee]]:
        node, seen = table.get("payees"), set[str]()
        nodes = node.items('["supplier"]') if node else []
        found = [each.document.attempt(partial(self._payee, each, currency, decimals, seen), None) for each in nodes]
        return [each for each in found if isinstance(each, str)], [
            each for each in found if isinstance(each, LimitedPayee)
        ]

    def _payee(self, node: Node, currency: str, decimals: int, seen: set[str]) -> str | LimitedPayee:
        limited = self._limited_payee(node, currency, decimals) if isinstance(node.value, dict) else None
        address = limited.payee if limited else self._names.address(node)
        if address in seen:
            raise node.refuse(f"The payee {address} is listed twice. Keep one of the lines.")
        seen.add(address)
        return limited or address

    def _limited_payee(self, node: Node, currency: str, decimals: int) -> LimitedPayee:
        table = node.table(keys.PAYEE, "a payee", '{ payee = "supplier", limit = "10 USD" }')
        limit, until = table.get("limit"), table.get("until")
        return LimitedPayee(
            self._names.address(table.require("payee", 'payee = "supplier"')),
            amount_of(limit, [currency], decimals) if limit else NO_LIMIT,
            until.moment() if until else FOREVER,
        )

    def _strangers(
        self, table: Table, currency: str, decimals: int, first: timedelta | None
    ) -> tuple[Decimal, Decimal]:
        node = table.get("strangers")
        if node is None:
            return Decimal(0), Decimal(0)
        example = f'{{ per_payment = "0.10 {currency}", per_day = "5 {currency}" }}'
        terms = node.table(keys.STRANGERS, f"the strangers' terms in {currency}", example)
        payment = node.document.attempt(
            lambda: amount_of(terms.require("per_payment", f'per_payment = "0.10 {currency}"'), [currency], decimals),
            Decimal(0),
        )
        (length, limit, place), *more = windows_of(terms, currency, decimals)
        if first is not None and (length != first or more):
            wrong = more[0][2] if more and length == first else place
            raise wrong.refuse(
                f"Strangers have one window, as long as the budget's shortest: {length_text(first)}. Write their limit for that."
            )
        return payment, limit

    def _cheques(self, table: Table, currency: str, decimals: int, tokens: Sequence[Token]) -> None:
        node = table.get("cheques")
        if node is None:
            return
        attempt, before = node.document.attempt, node.document.mistakes
        example = f'{{ count = 10, limit = "1 {currency}", period = "1 hour" }}'
        book = node.table(keys.CHEQUES, f"the cheque book in {currency}", example)
        strangers, order = book.get("strangers"), book.get("order")
        token = attempt(lambda: self._cheque_token(book, currency, tokens), "")
        count = attempt(lambda: book.require("count", "count = 10").integer("10"), 0)
        limit = attempt(
            lambda: amount_of(book.require("limit", f'limit = "1 {currency}"'), [currency], decimals), Decimal(0)
        )
        period = attempt(lambda: length_of(book.require("period", 'period = "1 hour"')), timedelta(0))
        place = order.integer("1") if order else len(self.books) + 1
        to_strangers = strangers.boolean() if strangers else False
        if node.document.mistakes > before:
            return
        with node.explaining():
            self.books.append((place, ChequeBook(token, count, limit, period, to_strangers)))

    def _cheque_token(self, book: Table, currency: str, tokens: Sequence[Token]) -> str:
        token = book.get("token")
        if token is not None:
            return self._names.address(token)
        if not tokens:
            raise FollowsFromAnother("The tokens of the budget couldn't be read.")
        if len(tokens) > 1:
            raise book.node.refuse(
                f"The budget in {currency} has {len(tokens)} tokens. Say which one the cheques pay: token = …"
            )
        return tokens[0].address
