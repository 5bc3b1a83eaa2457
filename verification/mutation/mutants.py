"""Small wrong changes to a contract, found in the compiler's syntax tree: so never in a comment, and always a whole expression.

A mutant is a list of edits. An edit of an expression or a statement can be chosen at run time (`verification/mutation/schemata.py`), so hundreds of
mutants share one compilation; a `plain` edit changes a declaration, and needs a compilation of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Node = dict[str, Any]

EXPRESSION, STATEMENT, INSERTION, PLAIN = "expression", "statement", "insertion", "plain"

INSTEAD = {
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
OPERATORS = (
    "relation",
    "arithmetic",
    "logic",
    "bound",
    "condition",
    "removed check",
    "removed call",
    "removed assignment",
    "removed event",
    "removed modifier",
    "swapped arguments",
    "swapped statements",
    "early return",
    "delegatecall",
)
ZEROS = {"bool": "false", "address": "address(0)"}


@dataclass(frozen=True)
class Edit:
    """What stands at `start` (bytes), `length` long, is replaced by `text`; an insertion has no length."""

    start: int
    length: int
    text: str
    form: str


@dataclass(frozen=True)
class Mutant:
    """One wrong change."""

    path: str
    operator: str
    place: str
    """`Contract.function`."""
    line: int
    edits: tuple[Edit, ...]
    before: str
    after: str

    @property
    def key(self) -> str:
        """The same as long as function, text and change are the same, wherever the line is; see `number_alike`."""
        told = "\0".join((self.path, self.operator, self.place, self.before, self.after))
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    @property
    def plain(self) -> bool:
        """Whether it needs a compilation of its own."""
        return any(edit.form == PLAIN for edit in self.edits)

    def applied(self, source: bytes) -> bytes:
        """The source with this change only."""
        for edit in sorted(self.edits, key=lambda edit: edit.start, reverse=True):
            text = edit.text
            if edit.form == INSERTION:
                text = f" {text} "
            elif edit.form == STATEMENT:
                # In braces: after an `if` without them, the next statement would take its place.
                text = f"{{ {text} }}"
            source = source[: edit.start] + text.encode() + source[edit.start + edit.length :]
        return source


class Finder:
    """Walks through the syntax tree of one file."""

    def __init__(self, path: str, source: bytes, tree: Node) -> None:
        self.path, self.source, self.tree = path, source, tree
        self.contract = self.function = ""
        self.modifiers = {node["id"]: node for node in nodes(tree, "ModifierDefinition")}

    def mutants(self) -> list[Mutant]:
        """Every mutant of the file, in the order of the text."""
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
        if kind in ("InlineAssembly", "StructuredDocumentation") or kind.endswith("TypeName") or node.get("constant"):
            # A constant has to be known to the compiler, so it can't be chosen at run time.
            yield from self._constant(node) if node.get("constant") else ()
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
                yield from self._exchanged(node["statements"])
            case "FunctionDefinition" if node.get("body"):
                yield from self._early(node)
                for each in node["modifiers"]:
                    yield from self._modifier(node, each)
        if role in ("condition", "trueOrFalse") and node["nodeType"] not in ("BinaryOperation", "Literal"):
            yield self._negated(node)

    # One expression

    def _operator(self, node: Node) -> Iterator[Mutant]:
        operator, text = node["operator"], self.text(node)
        if node["nodeType"] == "UnaryOperation":
            if operator in ("++", "--"):
                other = INSTEAD[operator][0]
                yield self.expression("arithmetic", node, text.replace(operator, other))
            return
        left, right = node.get("leftExpression", node.get("leftHandSide")), node.get("rightExpression")
        right = right or node["rightHandSide"]
        for other in INSTEAD.get(operator, ()):
            if other in ("<", ">=") and operator in ("==", "!=") and "bool" in kind_of(left):
                continue
            name = "relation" if operator in ("<", "<=", ">", ">=", "==", "!=") else "arithmetic"
            name = "logic" if operator in ("&&", "||") else name
            yield self.expression(name, node, f"{self.text(left)} {other} {self.text(right)}")

    def _literal(self, node: Node, parent: Node | None) -> Iterator[Mutant]:
        value = node.get("value")
        if node["kind"] == "bool":
            yield self.expression("bound", node, "false" if value == "true" else "true")
        if node["kind"] != "number" or not str(value).isdigit():
            return
        unit = f" {node['subdenomination']}" if node.get("subdenomination") else ""
        # `address(0)` and its like are changed as a whole: their argument has to be a literal.
        whole = parent if parent and parent.get("kind") == "typeConversion" else None
        for other in (int(value) + 1, int(value) - 1):
            if other >= 0:
                text = f"{other}{unit}"
                if whole:
                    text = f"{self.text(whole['expression'])}({text})"
                yield self.expression("bound", whole or node, text, reckoned_in(parent))

    def _constant(self, node: Node) -> Iterator[Mutant]:
        for literal in nodes(node.get("value"), "Literal"):
            for each in self._literal(literal, None):
                (edit,) = each.edits
                yield self.mutant(
                    "bound", node, (Edit(edit.start, edit.length, edit.text, PLAIN),), each.before, each.after
                )

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
        if target.get("memberName") == "call" and kind_of(target["expression"]) == "address":
            address, data = self.text(target["expression"]), self.text(node["arguments"][0])
            yield self.expression("delegatecall", node, f"{address}.delegatecall({data})")
        if node["kind"] == "typeConversion" or node.get("names"):
            return
        # Of what is no expression by itself the whole statement is exchanged: `_removed` sees to it.
        if parent and parent["nodeType"] in ("ExpressionStatement", "EmitStatement", "RevertStatement"):
            return
        if kind_of(node) == "error":
            return
        yield from self._swapped(node, node["arguments"], text, node, EXPRESSION)

    def _swapped(self, call: Node, arguments: list[Node], whole: str, shown: Node, form: str) -> Iterator[Mutant]:
        """Each pair of neighbors of one type, exchanged."""
        start = int(shown["src"].split(":")[0])
        for one, two in pairwise(arguments):
            if not one or not two or kind_of(one) != kind_of(two) or self.text(one) == self.text(two):
                continue
            (a, b), (c, d) = self.range(one), self.range(two)
            (a, b, c, d) = (a - start, b - start, c - start, d - start)
            raw = whole.encode()
            text = (raw[:a] + raw[c:d] + raw[b:c] + raw[a:b] + raw[d:]).decode()
            if form == STATEMENT:
                yield self.statement("swapped arguments", shown, f"{text};")
            else:
                yield self.expression("swapped arguments", shown, text)

    # Whole statements

    def _removed(self, node: Node) -> Iterator[Mutant]:
        expression = node.get("expression") or node.get("eventCall") or node.get("errorCall")
        called = self.text(expression["expression"]) if expression["nodeType"] == "FunctionCall" else ""
        if node["nodeType"] == "EmitStatement":
            name = "removed event"
        elif node["nodeType"] == "RevertStatement" or called == "require":
            name = "removed check"
        else:
            name = "removed call" if called else "removed assignment"
        yield self.statement(name, node, "")
        for call in nodes(node, "FunctionCall"):
            # Also the error within `require`: an error is no expression by itself.
            if call is expression or kind_of(call) == "error":
                yield from self._swapped(call, call["arguments"], self.text(node), node, STATEMENT)

    def _exchanged(self, statements: list[Node]) -> Iterator[Mutant]:
        """Effect and interaction, in the other order."""
        simple = ("ExpressionStatement", "EmitStatement")
        for one, two in pairwise(statements):
            if one["nodeType"] not in simple or two["nodeType"] not in simple:
                continue
            if not (calls_out(one) or calls_out(two)):
                continue
            first, second = f"{self.text(one)};", f"{self.text(two)};"
            (a, b), (c, d) = self.whole(one), self.whole(two)
            edits = (Edit(a, b - a, f"{second} {first}", STATEMENT), Edit(c, d - c, "", STATEMENT))
            yield self.mutant("swapped statements", one, edits, f"{first} {second}", f"{second} {first}")

    def _early(self, node: Node) -> Iterator[Mutant]:
        """A function that does nothing."""
        returned = node["returnParameters"]["parameters"]
        if not node["body"]["statements"]:
            return
        values = [each["name"] or zero(kind_of(each)) for each in returned]
        if None in values:
            return
        text = f"return ({', '.join(values)});" if values else "return;"
        start = int(node["body"]["src"].split(":")[0]) + 1
        yield self.mutant("early return", node, (Edit(start, 0, text, INSERTION),), "{", "{ " + text)

    def _modifier(self, function: Node, node: Node) -> Iterator[Mutant]:
        if node.get("kind") != "modifierInvocation":
            return
        start, end = self.range(node)
        yield self.mutant("removed modifier", function, (Edit(start, end - start, "", PLAIN),), self.text(node), "")

    # Making them

    def expression(self, operator: str, node: Node, text: str, kind: str | None = None) -> Mutant:
        """A mutant that exchanges an expression, for one of this type."""
        start, end = self.range(node)
        edit = Edit(start, end - start, f"{kind}({text})" if kind else text, EXPRESSION)
        return self.mutant(operator, node, (edit,), self.text(node), text)

    def statement(self, operator: str, node: Node, text: str) -> Mutant:
        """A mutant that exchanges a statement, with its semicolon."""
        start, end = self.whole(node)
        return self.mutant(operator, node, (Edit(start, end - start, text, STATEMENT),), f"{self.text(node)};", text)

    def mutant(self, operator: str, node: Node, edits: tuple[Edit, ...], before: str, after: str) -> Mutant:
        """A mutant at a node."""
        line = self.source.count(b"\n", 0, int(node["src"].split(":")[0])) + 1
        place = f"{self.contract}.{self.function}" if self.function else self.contract
        return Mutant(self.path, operator, place, line, edits, " ".join(before.split()), " ".join(after.split()))

    def range(self, node: Node) -> tuple[int, int]:
        """Where a node begins and ends (bytes)."""
        start, length, _ = map(int, node["src"].split(":"))
        return start, start + length

    def whole(self, node: Node) -> tuple[int, int]:
        """The same of a statement, with its semicolon."""
        start, end = self.range(node)
        return start, self.source.index(b";", end) + 1

    def text(self, node: Node) -> str:
        """A node as it is written."""
        start, end = self.range(node)
        return self.source[start:end].decode().strip()


def find(path: str, source: str, tree: Node) -> list[Mutant]:
    """Every mutant of a file."""
    return Finder(path, source.encode(), tree).mutants()


def number_alike(mutants: list[Mutant]) -> dict[str, Mutant]:
    """Mutants by a key of their own: of several alike in one function, the second gets `-2`."""
    found: dict[str, Mutant] = {}
    for each in mutants:
        key, count = each.key, 1
        while (name := key if count == 1 else f"{key}-{count}") in found:
            count += 1
        found[name] = each
    return found


def nodes(tree: Any, kind: str) -> Iterator[Node]:
    """All nodes of a kind, outermost first."""
    if isinstance(tree, list):
        for each in tree:
            yield from nodes(each, kind)
    elif isinstance(tree, dict):
        if tree.get("nodeType") == kind:
            yield tree
        for each in tree.values():
            if isinstance(each, dict | list):
                yield from nodes(each, kind)


def kind_of(node: Node) -> str:
    """The type of an expression, as far as it matters for an exchange."""
    told = str(node.get("typeDescriptions", {}).get("typeString", ""))
    if told.startswith("int_const"):
        return "uint256"
    return told.removesuffix(" payable")


def reckoned_in(operation: Node | None) -> str | None:
    """The type in which an operation reckons; None where it is none, or of booleans, say.

    Two literals to choose from are of the smallest type that holds both, so that `10 ** x`, woven, would overflow at 256.
    """
    if operation is None or operation["nodeType"] != "BinaryOperation":
        return None
    kind = kind_of({"typeDescriptions": operation["commonType"]})
    return kind if kind.startswith(("uint", "int")) else None


def zero(kind: str) -> str | None:
    """A value of nothing, or None where there is no short one."""
    if kind.startswith(("uint", "int")):
        return "0"
    if kind.startswith("bytes") and kind[5:].isdigit():
        return f"{kind}(0)"
    return ZEROS.get(kind)


def calls_out(statement: Node) -> bool:
    """Whether a statement calls another contract."""
    for call in nodes(statement, "FunctionCall"):
        callee = call["expression"]
        if callee["nodeType"] == "FunctionCallOptions":
            callee = callee["expression"]
        told = str(callee.get("typeDescriptions", {}).get("typeIdentifier", ""))
        if told.startswith(("t_function_external", "t_function_bare")):
            return True
    return False
