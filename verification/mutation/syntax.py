"""Queries on the compiler's syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]
ZEROS = {"bool": "false", "address": "address(0)"}


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


def range_of(node: Node) -> tuple[int, int]:
    """The first byte of a node, and the first byte after it."""
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length


def type_of(node: Node) -> str:
    """The type of an expression. Two expressions with the same one can replace each other."""
    name = str(node.get("typeDescriptions", {}).get("typeString", ""))
    if name.startswith("int_const"):
        return "uint256"
    return name.removesuffix(" payable")


def integer_type_of(operation: Node | None) -> str | None:
    """The integer type in which a binary operation computes, or None if there is none.

    A conditional between two literals has the smallest type that holds both. Without a conversion, `10 ** x` would overflow at 256.
    """
    if operation is None or operation["nodeType"] != "BinaryOperation":
        return None
    kind = type_of({"typeDescriptions": operation["commonType"]})
    return kind if kind.startswith(("uint", "int")) else None


def zero(kind: str) -> str | None:
    """The zero value of a type, or None if it has no short literal."""
    if kind.startswith(("uint", "int")):
        return "0"
    if kind.startswith("bytes") and kind[5:].isdigit():
        return f"{kind}(0)"
    return ZEROS.get(kind)


def calls_another_contract(statement: Node) -> bool:
    """Whether a statement makes an external call."""
    for call in nodes(statement, "FunctionCall"):
        callee = call["expression"]
        if callee["nodeType"] == "FunctionCallOptions":
            callee = callee["expression"]
        kind = str(callee.get("typeDescriptions", {}).get("typeIdentifier", ""))
        if kind.startswith(("t_function_external", "t_function_bare")):
            return True
    return False
