"""Finds the mutants of a source file in the compiler's syntax tree: never in a comment, always a whole expression or statement.

An edit of an expression or a statement can be selected at run time (`schemata.py`), so that hundreds of mutants share one build.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from verification.mutation.mutants import EXPRESSION, INSERTION, PLAIN, STATEMENT, Edit, Mutant, changed_lines
from verification.mutation.syntax import (
    Node,
    calls_another_contract,
    integer_type_of,
    nodes,
    range_of,
    type_of,
    zero,
)

REPLACEMENTS = {
    "<": ("<=", ">"),
    "<=": ("<", ">"),
    ">": (">=", "<"),
    ">=": (">", "<"),
    "==": ("!=", ">="),
    "!=": ("==", "<"),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "%": ("/",),
    "<<": (">>",),
    ">>": ("<<",),
    "&": ("|",),
    "|": ("&",),
    "&&": ("||",),
    "||": ("&&",),
    "+=": ("-=",),
    "-=": ("+=",),
    "++": ("--",),
    "--": ("++",),
}
RELATIONS = ("<", "<=", ">", ">=", "==", "!=")


class Finder:
    """Walks the syntax tree of one file."""

    def __init__(self, path: str, source: bytes, tree: Node) -> None:
        self.path, self.source, self.tree = path, source, tree
        self.contract = self.function = ""

    def mutants(self) -> list[Mutant]:
        """Every mutant of the file, in the order of the source."""
        found = list(self._walk(self.tree, None, ""))
        return sorted(found, key=lambda each: (each.edits[0].start, each.operator, each.after))

    def _walk(self, node: Any, parent: Node | None, role: str) -> Iterator[Mutant]:
        if isinstance(node, list):
            for each in node:
                yield from self._walk(each, parent, role)
            return
        if not isinstance(node, dict) or "nodeType" not in node:
            return
        kind = node["nodeType"]
        if kind in ("InlineAssembly", "StructuredDocumentation") or kind.endswith("TypeName"):
            return
        if node.get("constant"):
            # The compiler evaluates a constant, so its mutants can't be selected at run time.
            yield from self._constant(node)
            return
        before = (self.contract, self.function)
        if kind == "ContractDefinition":
            self.contract = node["name"]
        elif kind in ("FunctionDefinition", "ModifierDefinition"):
            self.function = node["name"] or node["kind"]
        yield from self._at(node, parent, role)
        for name, child in node.items():
            if isinstance(child, dict | list):
                yield from self._walk(child, node, name)
        self.contract, self.function = before

    def _at(self, node: Node, parent: Node | None, role: str) -> Iterator[Mutant]:
        match node["nodeType"]:
            case "BinaryOperation" | "UnaryOperation" | "Assignment":
                yield from self._operator(node)
            case "Literal":
                yield from self._literal(node, parent)
            case "FunctionCall":
                yield from self._call(node, parent)
            case "TupleExpression" if parent and parent["nodeType"] == "Assignment" and role == "rightHandSide":
                yield from self._swapped(node, node["components"], self.text(node), node, EXPRESSION)
            case "ExpressionStatement" | "EmitStatement" | "RevertStatement" if role != "loopExpression":
                yield from self._removed(node)
            case "Block" | "UncheckedBlock":
                yield from self._swapped_statements(node["statements"])
            case "FunctionDefinition" if node.get("body"):
                yield from self._early_return(node)
                for each in node["modifiers"]:
                    yield from self._modifier(node, each)
        if role in ("condition", "trueOrFalse") and node["nodeType"] not in ("BinaryOperation", "Literal"):
            yield self._negated(node)

    # Expressions

    def _operator(self, node: Node) -> Iterator[Mutant]:
        operator, text = node["operator"], self.text(node)
        if node["nodeType"] == "UnaryOperation":
            if operator in ("++", "--"):
                other = REPLACEMENTS[operator][0]
                yield self.expression("arithmetic", node, text.replace(operator, other))
            return
        left: Node = node.get("leftExpression") or node["leftHandSide"]
        right: Node = node.get("rightExpression") or node["rightHandSide"]
        for other in REPLACEMENTS.get(operator, ()):
            if other in ("<", ">=") and operator in ("==", "!=") and "bool" in type_of(left):
                continue
            name = "relation" if operator in RELATIONS else "arithmetic"
            name = "logic" if operator in ("&&", "||") else name
            yield self.expression(name, node, f"{self.text(left)} {other} {self.text(right)}")

    def _literal(self, node: Node, parent: Node | None) -> Iterator[Mutant]:
        value = str(node.get("value"))
        if node["kind"] == "bool":
            yield self.expression("bound", node, "false" if value == "true" else "true")
        if node["kind"] != "number" or not value.isdigit():
            return
        unit = f" {node['subdenomination']}" if node.get("subdenomination") else ""
        # The argument of `address(0)` has to be a literal, so the whole conversion is replaced.
        whole = parent if parent and parent.get("kind") == "typeConversion" else None
        for other in (int(value) + 1, int(value) - 1):
            if other >= 0:
                text = f"{other}{unit}"
                if whole:
                    text = f"{self.text(whole['expression'])}({text})"
                yield self.expression("bound", whole or node, text, integer_type_of(parent))

    def _constant(self, node: Node) -> Iterator[Mutant]:
        for literal in nodes(node.get("value"), "Literal"):
            for each in self._literal(literal, None):
                (edit,) = each.edits
                edits = (Edit(edit.start, edit.length, edit.text, PLAIN),)
                yield self.mutant("bound", node, edits, each.before, each.after)

    def _negated(self, node: Node) -> Mutant:
        text = self.text(node)
        return self.expression("condition", node, text[1:] if text.startswith("!") else f"!({text})")

    def _call(self, node: Node, parent: Node | None) -> Iterator[Mutant]:
        text, callee = self.text(node), node["expression"]
        if node["kind"] == "functionCall" and self.text(callee) == "require":
            condition = node["arguments"][0]
            if condition["nodeType"] != "BinaryOperation":
                yield self._negated(condition)
        target = callee["expression"] if callee["nodeType"] == "FunctionCallOptions" else callee
        if target.get("memberName") == "call" and type_of(target["expression"]) == "address":
            address, data = self.text(target["expression"]), self.text(node["arguments"][0])
            yield self.expression("delegatecall", node, f"{address}.delegatecall({data})")
        if node["kind"] == "typeConversion" or node.get("names"):
            return
        # These calls are no expressions by themselves: `_removed` swaps the arguments of the whole statement.
        if parent and parent["nodeType"] in ("ExpressionStatement", "EmitStatement", "RevertStatement"):
            return
        if type_of(node) == "error":
            return
        yield from self._swapped(node, node["arguments"], text, node, EXPRESSION)

    def _swapped(self, call: Node, arguments: list[Node], whole: str, shown: Node, form: str) -> Iterator[Mutant]:
        """Swaps each pair of adjacent arguments with the same type."""
        start = range_of(shown)[0]
        for one, two in pairwise(arguments):
            if not one or not two or type_of(one) != type_of(two) or self.text(one) == self.text(two):
                continue
            (a, b), (c, d) = range_of(one), range_of(two)
            (a, b, c, d) = (a - start, b - start, c - start, d - start)
            raw = whole.encode()
            text = (raw[:a] + raw[c:d] + raw[b:c] + raw[a:b] + raw[d:]).decode()
            if form == STATEMENT:
                yield self.statement("swapped arguments", shown, f"{text};")
            else:
                yield self.expression("swapped arguments", shown, text)

    # Statements

    def _removed(self, node: Node) -> Iterator[Mutant]:
        expression = node.get("expression") or node.get("eventCall") or node.get("errorCall")
        assert expression is not None, "a statement without an expression"
        called = self.text(expression["expression"]) if expression["nodeType"] == "FunctionCall" else ""
        if node["nodeType"] == "EmitStatement":
            name = "removed event"
        elif node["nodeType"] == "RevertStatement" or called == "require":
            name = "removed check"
        else:
            name = "removed call" if called else "removed assignment"
        yield self.statement(name, node, "")
        for call in nodes(node, "FunctionCall"):
            # The error within `require` is no expression by itself, so the whole statement is replaced.
            if call is expression or type_of(call) == "error":
                yield from self._swapped(call, call["arguments"], self.text(node), node, STATEMENT)

    def _swapped_statements(self, statements: list[Node]) -> Iterator[Mutant]:
        """Swaps two adjacent statements of which one makes an external call."""
        simple = ("ExpressionStatement", "EmitStatement")
        for one, two in pairwise(statements):
            if one["nodeType"] not in simple or two["nodeType"] not in simple:
                continue
            if not (calls_another_contract(one) or calls_another_contract(two)):
                continue
            first, second = f"{self.text(one)};", f"{self.text(two)};"
            (a, b), (c, d) = self.whole(one), self.whole(two)
            edits = (Edit(a, b - a, f"{second} {first}", STATEMENT), Edit(c, d - c, "", STATEMENT))
            yield self.mutant("swapped statements", one, edits, f"{first} {second}", f"{second} {first}")

    def _early_return(self, node: Node) -> Iterator[Mutant]:
        """Returns at the beginning of the function."""
        returned = node["returnParameters"]["parameters"]
        if not node["body"]["statements"]:
            return
        values = [value for each in returned if (value := each["name"] or zero(type_of(each)))]
        if len(values) < len(returned):
            # A type without a short zero value.
            return
        text = f"return ({', '.join(values)});" if values else "return;"
        start = range_of(node["body"])[0] + 1
        yield self.mutant("early return", node, (Edit(start, 0, text, INSERTION),), "{", "{ " + text)

    def _modifier(self, function: Node, node: Node) -> Iterator[Mutant]:
        if node.get("kind") != "modifierInvocation":
            return
        start, end = range_of(node)
        yield self.mutant("removed modifier", function, (Edit(start, end - start, "", PLAIN),), self.text(node), "")

    # Construction

    def expression(self, operator: str, node: Node, text: str, kind: str | None = None) -> Mutant:
        """A mutant that replaces an expression, converted to a type if one is given."""
        start, end = range_of(node)
        edit = Edit(start, end - start, text, EXPRESSION, kind or "")
        return self.mutant(operator, node, (edit,), self.text(node), text)

    def statement(self, operator: str, node: Node, text: str) -> Mutant:
        """A mutant that replaces a statement and its semicolon."""
        start, end = self.whole(node)
        return self.mutant(operator, node, (Edit(start, end - start, text, STATEMENT),), f"{self.text(node)};", text)

    def mutant(self, operator: str, node: Node, edits: tuple[Edit, ...], before: str, after: str) -> Mutant:
        """A mutant at a node."""
        line = self.source.count(b"\n", 0, range_of(node)[0]) + 1
        function = f"{self.contract}.{self.function}" if self.function else self.contract
        texts = (" ".join(before.split()), " ".join(after.split()))
        return Mutant(self.path, operator, function, line, edits, *texts, *changed_lines(self.source, edits))

    def whole(self, node: Node) -> tuple[int, int]:
        """The range of a statement with its semicolon."""
        start, end = range_of(node)
        return start, self.source.index(b";", end) + 1

    def text(self, node: Node) -> str:
        """The source of a node."""
        start, end = range_of(node)
        return self.source[start:end].decode().strip()


def find(path: str, source: str, tree: Node) -> list[Mutant]:
    """Every mutant of a file, in the order of the source."""
    return Finder(path, source.encode(), tree).mutants()
