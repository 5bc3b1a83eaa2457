"""Reads the call rules of a mandate's file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from peculium.mandate.arguments import Argument
from peculium.mandate.bounds import NATIVE
from peculium.mandate.budget import Budget
from peculium.mandate.calls import CallRule, Floor
from peculium.mandate.toml import keys
from peculium.mandate.toml.arguments import EXAMPLE, arguments_of
from peculium.mandate.toml.errors import FollowsFromAnother
from peculium.mandate.toml.functions import Function, function_of
from peculium.mandate.toml.names import Names
from peculium.mandate.toml.nodes import Node, Table, likely
from peculium.mandate.toml.quantities import amount_of, length_of

FLOOR_EXAMPLE = '"0.9 DAI per USDC"'


def calls_of(top: Table, budgets: Sequence[Budget], names: Names, complete: bool) -> list[CallRule]:
    """Returns the rules of the tables `[[call]]`. What is wrong in them is kept by the document.

    `complete` is whether `budgets` are all budgets of the file.
    """
    node, attempt = top.get("call"), top.node.document.attempt
    if node is None:
        return []
    rules = [attempt(_Rule(each, budgets, names, complete).read, None) for each in node.items("[[call]]")]
    return [each for each in rules if each is not None]


class _Rule:
    def __init__(self, node: Node, budgets: Sequence[Budget], names: Names, complete: bool) -> None:
        self._table = node.table(keys.CALL, "a call rule", "[[call]]")
        self._attempt = node.document.attempt
        self._names = names
        self._budgets = budgets
        self._complete = complete

    def read(self) -> CallRule | None:
        """Returns the rule, or None if something of it can't be read."""
        table, names, attempt = self._table, self._names, self._attempt
        before = table.node.document.mistakes
        value, variant, native = table.get("value"), table.get("variant"), names.units_of(NATIVE)
        function, token = attempt(self._function, None), attempt(self._token, None)
        target = attempt(lambda: names.address(table.require("target", 'target = "0x…"')), "")
        arguments = attempt(lambda: self._arguments(function), ()) if function else ()
        value_limit = attempt(lambda: amount_of(value, native, 18) if value else Decimal(0), Decimal(0))
        pull = attempt(lambda: self._pull(token), Decimal(0)) if token else Decimal(0)
        number = attempt(lambda: variant.integer("0") if variant else 0, 0)
        floor = attempt(lambda: self._floor(token), None) if token else None
        most = attempt(lambda: table.require("max_calls", "max_calls = 10").integer("10"), 0)
        window = attempt(lambda: length_of(table.require("window", 'window = "24 hours"')), timedelta(0))
        if function is None or token is None or table.node.document.mistakes > before:
            return None
        rule = target, function.signature, arguments, value_limit, pull, token, number, floor
        with table.node.explaining():
            return CallRule(*rule, max_calls=most, window=window)

    def _arguments(self, function: Function) -> Sequence[Argument]:
        node = self._table.get("arguments")
        if node is not None:
            return arguments_of(node, function, self._names)
        if function.words != ():
            raise self._table.node.refuse(
                f"The call rule has no arguments. Write a line such as: arguments = {EXAMPLE}"
            )
        return []

    def _function(self) -> Function:
        node = self._table.require("function", 'function = "deposit(uint256 assets,address receiver)"')
        function = function_of(node.text('"deposit(uint256 assets,address receiver)"'))
        if function is None:
            raise node.refuse(
                "The function must be a signature, such as deposit(uint256 assets,address receiver), or 0x and 8 hex digits."
            )
        return function

    def _token(self) -> str:
        node = self._table.get("token")
        tokens = [token.address for budget in self._budgets for token in budget.tokens]
        if node is not None:
            address = self._names.address(node)
            if address not in tokens:
                self._require_budgets()
                listed = [self._names.name_of(each) or each for each in tokens]
                raise node.refuse(f"No budget lists the token {node.value}. {likely(str(node.value), listed)}")
            return address
        if len(tokens) != 1:
            self._require_budgets()
            raise self._table.node.refuse('The call rule has no token. Write which one it charges: token = "USDC"')
        return tokens[0]

    def _require_budgets(self) -> None:
        if not self._complete:
            raise FollowsFromAnother("A budget couldn't be read.")

    def _pull(self, token: str) -> Decimal:
        node, budget = self._table.get("pull"), self._budget(token)
        if node is None:
            return Decimal(0)
        return amount_of(node, [*self._names.units_of(token), budget.currency], budget.decimals)

    def _budget(self, token: str) -> Budget:
        return next(each for each in self._budgets if token in (listed.address for listed in each.tokens))

    def _floor(self, charged: str) -> Floor | None:
        node = self._table.get("floor")
        if node is None:
            return None
        if isinstance(node.value, dict):
            table = node.table(keys.FLOOR, "a floor", FLOOR_EXAMPLE)
            gain, per = (table.require(key, f"{key} = 1").integer("1") for key in ("gain", "per"))
            with node.explaining():
                return Floor(self._names.address(table.require("token", 'token = "DAI"')), gain, per)
        text = node.text(FLOOR_EXAMPLE)
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) (\S.*) per (\S.*)", text)
        if match is None:
            raise node.refuse(
                f"The floor must be what is gained for each token that is charged, such as {FLOOR_EXAMPLE}."
            )
        if match[3] not in self._names.units_of(charged):
            raise node.refuse(f"The floor is per {match[3]}; it must be per token of the rule.")
        gained = self._names.address(Node(match[2], node.path, node.document))
        if gained not in self._names.decimals:
            raise node.refuse(f"The decimals of {match[2]} aren't known. Add it to [tokens].")
        with node.explaining():
            return Floor.of(gained, self._names.decimals[gained], match[1], self._names.decimals[charged])
