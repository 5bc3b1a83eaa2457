"""Reads and writes the rules on the arguments of a call."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from peculium.errors import digits
from peculium.mandate.arguments import ONE_VALUE, Argument, ArgumentKind
from peculium.mandate.toml.errors import FollowsFromAnother
from peculium.mandate.toml.functions import Function
from peculium.mandate.toml.keys import ARGUMENT, TAIL_NAME
from peculium.mandate.toml.names import Names
from peculium.mandate.toml.nodes import Node, likely, most_like
from peculium.mandate.toml.quantities import split_amount
from peculium.units import from_base_units, to_address, to_base_units

WORDS = {
    "any": ArgumentKind.ANY,
    "any address": ArgumentKind.ANY_ADDRESS,
    "the wallet": ArgumentKind.THIS_WALLET,
    "a listed payee": ArgumentKind.LISTED_PAYEE,
    "charged": ArgumentKind.CHARGED,
    "any bytes": ArgumentKind.ANY_BYTES,
    "any words": ArgumentKind.ANY_WORDS,
}
"""The kinds without a value, as a file names them."""
ONE = {"equal": ArgumentKind.EQUAL, "at_most": ArgumentKind.AT_MOST, "at_least": ArgumentKind.AT_LEAST}
LARGEST_NUMBER = 2**63 - 1
"""The largest integer of TOML. Larger ones are texts."""
EXAMPLE = '{ assets = "charged", receiver = "the wallet" }'


def arguments_of(node: Node, function: Function, names: Names) -> list[Argument]:
    """Returns one rule per word, in order, given as a list or by the names of the arguments."""
    if isinstance(node.value, list):
        return _all_of(node.items(EXAMPLE), names)
    entries = {str(each.path[-1]): each for each in node.entries(EXAMPLE)}
    if function.words is None:
        raise node.refuse("A selector doesn't name its arguments. Write the signature, or list the rules in order.")
    known = [word.name for word in function.words]
    if "" in known or len(set(known)) < len(known):
        raise node.refuse(
            "The signature must name each argument, such as deposit(uint256 assets,address receiver), or the rules must be "
            "a list in order."
        )
    misspelt = set()
    for name, entry in entries.items():
        if name not in (*known, TAIL_NAME):
            message = f"{function.signature} has no argument {entry.name}. {likely(entry.name, known)}"
            node.document.problems.append(entry.refuse(message))
            misspelt.add(most_like(entry.name, known))
    missing = [name for name in known if name not in entries and name not in misspelt]
    if missing:
        raise node.refuse(f'The argument {missing[0]} has no rule. Write one, such as: {missing[0]} = "the wallet"')
    tail = [TAIL_NAME] if TAIL_NAME in entries and TAIL_NAME not in known else []
    return _all_of([entries[name] for name in (*known, *tail) if name in entries], names)


def _all_of(nodes: Sequence[Node], names: Names) -> list[Argument]:
    return [
        each.document.attempt(lambda: _argument_of(each, names), Argument.any())  # noqa: B023  # called at once
        for each in nodes
    ]


def _argument_of(node: Node, names: Names) -> Argument:
    if isinstance(node.value, str):
        if node.value not in WORDS:
            raise node.refuse(f"{node.name} has an unknown rule. {likely(node.value, list(WORDS))}")
        return Argument(WORDS[node.value])
    table = node.table(ARGUMENT, "a rule on an argument", EXAMPLE)
    given = [(key, found) for key in ARGUMENT if (found := table.get(key))]
    if len(given) != 1:
        raise node.refuse(f"A rule on an argument has exactly one of {', '.join(ARGUMENT)}.")
    key, found = given[0]
    if key in ONE:
        return Argument(ONE[key], (_word_of(found, names),))
    items = found.items('["0x…"]')
    if key == "one_of":
        return Argument(ArgumentKind.ONE_OF, tuple(_word_of(each, names) for each in items))
    data = tuple(_bytes_of(each) for each in items)
    if key == "tail_in":
        return Argument.tail_in(*data)
    with found.explaining():
        return Argument(ArgumentKind.TAIL_IN, data)


def _word_of(node: Node, names: Names) -> bytes:
    # A number, an address or its name, 32 bytes, or an amount of a token, which becomes its base units.
    value: Any = node.value
    if isinstance(value, str):
        if re.fullmatch(r"[0-9]+", value) and len(value) < 80:
            value = int(value)
        elif re.fullmatch(r"[0-9.]+ \S+", value):
            value = _units_of(node, names)
        elif not re.fullmatch(r"0x[0-9a-fA-F]{64}", value):
            value = names.address(node)
    elif isinstance(value, bool) or not isinstance(value, int):
        raise node.refuse(f"{node.name} must be a whole number, an address, a name, 32 bytes or an amount of a token.")
    with node.explaining():
        return Argument.equal(value).values[0]


def _units_of(node: Node, names: Names) -> int:
    number, unit = split_amount(node, "USDC")
    address = names.by_name.get(unit)
    if address not in names.decimals:
        if names.is_unread(unit):
            raise FollowsFromAnother(f"{unit} couldn't be read.")
        raise node.refuse(f"{unit} isn't a token of [tokens]. Write a whole number of base units, or add the token.")
    with node.explaining():
        return to_base_units(number, names.decimals[address])


def _bytes_of(node: Node) -> bytes:
    text = node.text('"0x…"')
    if not re.fullmatch(r"0x(?:[0-9a-fA-F]{2})*", text):
        raise node.refuse(f"{node.name} must be bytes: 0x and pairs of hex digits.")
    return bytes.fromhex(text[2:])


def argument_value(argument: Argument, type_: str, name_of: Callable[[str], str | None]) -> Any:
    """Returns a rule as a file has it. `type_` is that of the argument in Solidity, or "" if it isn't known."""
    for text, kind in WORDS.items():
        if argument.kind == kind:
            return text
    values = [_value_text(each, type_, name_of) for each in argument.values]
    if argument.kind in ONE_VALUE:
        return {next(key for key, kind in ONE.items() if kind == argument.kind): values[0]}
    if argument.kind == ArgumentKind.ONE_OF:
        return {"one_of": values}
    return {"tail_hash_in": ["0x" + each.hex() for each in argument.values]}


def _value_text(word: bytes, type_: str, name_of: Callable[[str], str | None]) -> Any:
    number = int.from_bytes(word)
    if type_ == "address" and number < 2**160:
        address = to_address("0x" + word[12:].hex())
        return name_of(address) or address
    if number <= LARGEST_NUMBER:
        return number
    return str(number) if type_.startswith("uint") else "0x" + word.hex()


def share_text(gain: int, per: int, gained: tuple[str, int], charged: tuple[str, int]) -> str | None:
    """Returns a floor as "0.9 DAI per USDC", or None if that isn't exactly the same two numbers.

    `gained` and `charged` are name and decimals of the two tokens.
    """
    # Reading it again divides by the greatest common divisor, and the ratio must have a finite decimal expansion.
    whole = gain * 10 ** max(charged[1] - gained[1] + 36, 0)
    if whole % per:
        return None
    return f"{digits(from_base_units(whole // per, 36))} {gained[0]} per {charged[0]}"
