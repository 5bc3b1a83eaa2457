"""The names in a mandate's file, and the addresses that they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from peculium.errors import InvalidInput, quote
from peculium.mandate.bounds import NATIVE
from peculium.mandate.budget import Token
from peculium.mandate.toml.errors import FollowsFromAnother
from peculium.mandate.toml.keys import FOREVER_NAME, NATIVE_NAME, TOKEN
from peculium.mandate.toml.nodes import Node, Table, likely
from peculium.units import to_address

_NAME = re.compile(r"(?!0[xX])[A-Za-z0-9][A-Za-z0-9 ._+&'-]{0,63}")
TOKEN_EXAMPLE = '{ address = "0x…", decimals = 6 }'


class Names:
    """Names and addresses of a file, of its reader's own address book, and the decimals of tokens."""

    def __init__(self, book: Mapping[str, str], decimals_of: Callable[[str], int] | None) -> None:
        """`decimals_of` asks a token for its decimals; without it, the file must say them."""
        self.by_name: dict[str, str] = {}
        self.decimals: dict[str, int] = {NATIVE: 18}
        self._decimals_of = decimals_of
        self._seen: dict[str, Node | None] = {}
        self._book = frozenset(book)
        self._unread: set[str] = set()
        self._incomplete = False
        for name, address in book.items():
            self._check_name(name, None)
            self.by_name[name] = to_address(address)
            self._seen[self.by_name[name]] = None

    def read(self, document: Table, tables: Sequence[str] = ("names", "tokens")) -> None:
        """Reads the tables `names` and `tokens`. What is wrong in them is kept by the document."""
        for key in tables:
            node, attempt = document.get(key), document.node.document.attempt
            entries = attempt(lambda: node.entries(f"[{key}]") if node else [], None)  # noqa: B023  # called at once
            self._incomplete |= entries is None or key in document.misspelt
            for entry in entries or []:
                self._unread.add(str(entry.path[-1]))
                attempt(lambda: self._read_entry(entry, key == "tokens"), None)  # noqa: B023

    def _read_entry(self, entry: Node, is_token: bool) -> None:
        self._add(entry, self.token_of(entry).address if is_token else self._literal(entry))
        self._unread.discard(str(entry.path[-1]))

    def is_unread(self, name: str) -> bool:
        """Whether the file may name this, in a line or a table that couldn't be read."""
        return name in self._unread or self._incomplete

    def _add(self, entry: Node, address: str) -> None:
        name = str(entry.path[-1])
        self._check_name(name, entry)
        for other, known in self.by_name.items():
            if other in self._book and known == address:
                # The reader may call it otherwise.
                continue
            if other.lower() == name.lower() and (other != name or known != address):
                raise entry.refuse(f"The name {quote(name)} is taken by {quote(other)}, {known}. Choose another name.")
            if known == address and other != name:
                raise entry.refuse(f"{quote(name)} and {quote(other)} are the same address. Keep one of the names.")
        self.by_name[name] = address

    def _check_name(self, name: str, entry: Node | None) -> None:
        if _NAME.fullmatch(name) and name not in (NATIVE_NAME, FOREVER_NAME):
            return
        message = f"{quote(name)} can't be a name. Use letters, digits, blanks and . _ + & ' -, at most 64, not beginning with 0x."
        raise entry.refuse(message) if entry else InvalidInput(message)

    def token_of(self, entry: Node) -> Token:
        """Returns a token that a table describes: its address and its decimals."""
        if entry.value == NATIVE_NAME:
            return Token(NATIVE, 18)
        table = entry.table(TOKEN, "a token", TOKEN_EXAMPLE)
        address = self._literal(table.require("address", 'address = "0x…"'))
        given = table.get("decimals")
        if given is None and "decimals" in table.misspelt:
            raise FollowsFromAnother("decimals is misspelt.")
        return Token(address, self._known_decimals(address, entry, given))

    def token(self, node: Node) -> Token:
        """Returns a token, given by name, by address, or by a table."""
        if isinstance(node.value, dict):
            return self.token_of(node)
        if node.value == NATIVE_NAME:
            return Token(NATIVE, 18)
        address = self.address(node)
        return Token(address, self._known_decimals(address, node, None))

    def _known_decimals(self, address: str, node: Node, given: Node | None) -> int:
        said = given.integer("6") if given else self.decimals.get(address)
        if self._decimals_of is not None and address != NATIVE:
            with node.explaining():
                real = self._decimals_of(address)
            if said not in (None, real):
                raise (given or node).refuse(f"The token {address} has {real} decimals, not {said}.")
            said = real
        if said is None:
            raise node.refuse(
                f"The decimals of the token {address} aren't known. Add it to [tokens], such as: USDC = {TOKEN_EXAMPLE}"
            )
        if said != self.decimals.get(address, said):
            raise (given or node).refuse(f"The token {address} has {self.decimals[address]} decimals on another line.")
        with node.explaining():
            Token(address, said)
        self.decimals[address] = said
        return said

    def address(self, node: Node) -> str:
        """Returns the address that a value names: itself, or by its name."""
        text = node.text('"0x…" or a name of [names]')
        if text == NATIVE_NAME:
            return NATIVE
        if text[:2] in ("0x", "0X"):
            return self._literal(node)
        if text in self._unread or (text not in self.by_name and self._incomplete):
            raise FollowsFromAnother(f"{text} couldn't be read.")
        if text not in self.by_name:
            advice = likely(text, list(self.by_name))
            raise node.refuse(f'{quote(text)} isn\'t a name of [names] or [tokens]. {advice} Write: {text} = "0x…"')
        return self.by_name[text]

    def _literal(self, node: Node) -> str:
        with node.explaining():
            address = to_address(node.text('"0x…"'))
        self._refuse_look_alike(address, node)
        self._seen.setdefault(address, node)
        return address

    def _refuse_look_alike(self, address: str, node: Node) -> None:
        # People compare the two ends of an address. Whoever wants to be paid in another's place makes one with the same ends.
        for other, place in self._seen.items():
            if other != address and _ends(other) == _ends(address):
                where = f" on line {place.line}" if place and place.line else ""
                raise node.refuse(
                    f"{address} begins and ends like {other}{where}, but is another address. Compare all digits with their source."
                )

    def name_of(self, address: str) -> str | None:
        """Returns the name of an address, or None if it has none."""
        if address == NATIVE:
            return NATIVE_NAME
        return next((name for name, known in self.by_name.items() if known == address), None)

    def line_of(self, address: str) -> int | None:
        """Returns the line on which an address stands first."""
        node = next((node for seen, node in self._seen.items() if node and seen.lower() == address.lower()), None)
        return node.line if node else None

    def units_of(self, address: str) -> list[str]:
        """Returns the words that can follow an amount of this token."""
        names = [name for name, known in self.by_name.items() if known == address]
        return [NATIVE_NAME, *names] if address == NATIVE else names


def _ends(address: str) -> tuple[str, str]:
    digits = address.lower()
    return digits[2:6], digits[-4:]
