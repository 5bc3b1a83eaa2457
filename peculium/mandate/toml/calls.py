"""Reads the call rules of a mandate's file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from peculium.mandate.bounds import NATIVE
from peculium.mandate.budget import Budget
from peculium.mandate.calls import CallRule, Floor
from peculium.mandate.toml import keys
from peculium.mandate.toml.arguments import EXAMPLE, arguments_of
from peculium.mandate.toml.functions import Function, function_of
from peculium.mandate.toml.names import Names
from peculium.mandate.toml.nodes import Node, Table, likely
from peculium.mandate.toml.quantities import amount_of, length_of

FLOOR_EXAMPLE = '"0.9 DAI per USDC"'


def calls_of(top: Table, budgets: Sequence[Budget], names: Names) -> list[CallRule]:
    """Returns the rules of the tables `[[call]]`."""
    node = top.get("call")
    return [_Rule(each, budgets, names).read() for each in node.items("[[call]]")] if node else []


class _Rule:
    def __init__(self, node: Node, budgets: Sequence[Budget], names: Names) -> None:
        self._table = node.table(keys.CALL, "a call rule", "[[call]]")
        self._names = names
        self._budgets = budgets

    def read(self) -> CallRule:
        table = self._table
        function = self._function()
        token = self._token()
        arguments = table.get("arguments")
        if arguments is None and function.words != ():
            raise table.node.refuse(f"The call rule has no arguments. Write a line such as: arguments = {EXAMPLE}")
        value, pull, variant, floor = (table.get(key) for key in ("value", "pull", "variant", "floor"))
        native = self._names.units_of(NATIVE)
        with table.node.explaining():
            return CallRule(
                self._names.address(table.require("target", 'target = "0x…"')),
                function.signature,
                arguments_of(arguments, function, self._names) if arguments else (),
                amount_of(value, native, 18) if value else 0,
                self._pull(pull, token) if pull else 0,
                token,
                variant.integer("0") if variant else 0,
                self._floor(floor, token) if floor else None,
                max_calls=table.require("max_calls", "max_calls = 10").integer("10"),
                window=length_of(table.require("window", 'window = "24 hours"')),
            )

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
                listed = [self._names.name_of(each) or each for each in tokens]
                raise node.refuse(f"No budget lists the token {node.value}. {likely(str(node.value), listed)}")
            return address
        if len(tokens) != 1:
            raise self._table.node.refuse('The call rule has no token. Write which one it charges: token = "USDC"')
        return tokens[0]

    def _pull(self, node: Node, token: str) -> Decimal:
        budget = self._budget(token)
        return amount_of(node, [*self._names.units_of(token), budget.currency], budget.decimals)

    def _budget(self, token: str) -> Budget:
        return next(each for each in self._budgets if token in (listed.address for listed in each.tokens))

    def _floor(self, node: Node, charged: str) -> Floor:
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
        gained = self._names.address(Node(match[2], node.path, node.lines))
        if gained not in self._names.decimals:
            raise node.refuse(f"The decimals of {match[2]} aren't known. Add it to [tokens].")
        with node.explaining():
            return Floor.of(gained, self._names.decimals[gained], match[1], self._names.decimals[charged])
