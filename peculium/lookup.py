"""Tokens by their symbols, and payees by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from string import hexdigits
from typing import TYPE_CHECKING, Any

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak
from hexbytes import HexBytes

from peculium.chain.node import Node
from peculium.errors import InvalidInput, NodeRefused, PeculiumError, clean, quote
from peculium.errors.redaction import redacted
from peculium.mandate import NATIVE, MandateCode
from peculium.units import to_address
from peculium.wallet.currencies import name_of
from peculium.wallet.mandate_code import mandate_code

if TYPE_CHECKING:
    from peculium.wallet import AgentWallet

AddressBook = Mapping[str, str] | str | Path | None
"""Addresses by name, or the path of a mandate's file that has them; see `address_book`."""
NATIVE_NAME = "native"
"""Symbol of the native currency, whatever the chain."""
LONGEST_SYMBOL = 32
MOST_LISTED = 12
"""Tokens or names that an error lists."""
_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")
_ORDER = "the order is token, payee, amount."
_SYMBOL = "0x" + keccak(text="symbol()")[:4].hex()


class Lookup:
    """Finds the tokens of a wallet's mandate by symbol, and payees by the names of an address book.

    A symbol is what a token calls itself. Only tokens that the mandate lists are found by it, and only if no other of them
    calls itself the same. The native currency is "native", and has the name of its budget's currency if it is the only token
    there.
    """

    def __init__(self, wallet: AgentWallet, names: AddressBook = None, symbols: dict[str, str] | None = None) -> None:
        """`names` is as in `address_book`. `symbols` are those that were read before, by address; look-ups that share the object read each once."""
        self._wallet = wallet
        self._names = address_book(names)
        self._code: MandateCode | None = None
        self._symbols: dict[str, str] = {} if symbols is None else symbols

    # Payees

    def payee(self, payee: str) -> str:
        """Returns the address of a payee, given by address or by name. Raises `InvalidInput` for an unknown name."""
        if not isinstance(payee, str) or _is_hex(payee):
            return to_address(payee)
        if payee in self._names:
            return self._names[payee]
        if not self._names:
            raise InvalidInput(
                f"The payee {quote(redacted(payee))} isn't an address, and there is no address book.{self._swapped(payee)} Pass 0x "
                f"and 40 hex digits, or Agent(..., names={{{quote(redacted(payee))}: ...}})."
            )
        likely = get_close_matches(payee, self._names, 1)
        raise InvalidInput(
            f"The payee {quote(redacted(payee))} is neither an address nor in the address book.{self._swapped(payee)} "
            + (f"Did you mean {quote(likely[0])}? " if likely else "")
            + f"Pass an address, or a name of the address book: {_listed(quote(name) for name in self._names)}."
        )

    def name_of(self, address: str) -> str | None:
        """Returns the first name of an address in the address book, or None."""
        return next((name for name, each in self._names.items() if each == address), None)

    # Tokens

    def token(self, token: str) -> str:
        """Returns the address of a token, given by address or by symbol. Raises `InvalidInput` for an unknown symbol."""
        if not isinstance(token, str) or _is_hex(token):
            return to_address(token)
        if token == NATIVE_NAME:
            return NATIVE
        found = self._with_symbol(token)
        if not found and self._code is not None:
            # The principal may have installed another mandate since.
            self.forget()
            found = self._with_symbol(token)
        if len(found) == 1:
            return found[0]
        if found:
            raise InvalidInput(
                f"{len(found)} tokens of the mandate call themselves {quote(redacted(token))}: {', '.join(found)}. "
                "Pass the address of the one that you mean."
            )
        raise InvalidInput(self._unknown(token))

    def symbol(self, token: str) -> str:
        """Returns what a token calls itself, cleaned; its address if it has no symbol. Read once."""
        if token == NATIVE:
            return self._native_symbol()
        self.learn([token])
        return self._symbols[token] or token

    def described(self, token: str) -> str:
        """Returns the symbol of a token for people, with its address unless it is a token of the mandate."""
        address = to_address(token)
        symbol = self.symbol(address)
        return symbol if address in (NATIVE, symbol, *self._listed().tokens()) else f"{symbol} ({address}, unlisted)"

    def learn(self, tokens: Iterable[str]) -> None:
        """Reads the symbols of tokens that aren't known yet, in one round trip."""
        unknown = [each for each in tokens if each not in self._symbols and each != NATIVE]
        if unknown:
            self._symbols.update(zip(unknown, read_symbols(self._wallet.node, unknown), strict=True))

    def forget(self) -> None:
        """Forgets the mandate, so that the next look-up reads it again."""
        self._code = None

    def _with_symbol(self, symbol: str) -> list[str]:
        tokens = self._listed().tokens()
        self.learn(tokens)
        return [each for each in tokens if self.symbol(each) == symbol]

    def _listed(self) -> MandateCode:
        if self._code is None:
            self._code = mandate_code(self._wallet)
        return self._code

    def _native_symbol(self) -> str:
        code = self._listed()
        listed = [entry for each in code.tokens() if (entry := code.token(each)) is not None]
        currency = next((entry.currency for entry in listed if entry.token == NATIVE), None)
        if currency is None or len([entry for entry in listed if entry.currency == currency]) > 1:
            return NATIVE_NAME
        return name_of(currency, self._wallet.currencies_seen()) or NATIVE_NAME

    def _unknown(self, token: str) -> str:
        tokens = self._listed().tokens()
        if not tokens:
            return f"The wallet has no mandate, so {quote(redacted(token))} names no token. Pass the token's address."
        listed = _listed(f"{self.symbol(each)} ({each})" for each in tokens)
        symbols = {self.symbol(each).lower(): self.symbol(each) for each in tokens}
        likely = get_close_matches(token.lower(), symbols, 1)
        hint = f" Did you mean {quote(symbols[likely[0]])}?" if likely else ""
        if token in self._names or _AMOUNT.fullmatch(token):
            hint = f" It looks like {'a payee' if token in self._names else 'an amount'}: {_ORDER}"
        return (
            f"No token of the mandate calls itself {quote(redacted(token))}.{hint} It lists {listed}. Pass one of these symbols, "
            "or an address."
        )

    def _swapped(self, payee: str) -> str:
        # What stands in the payee's place, if it is the token or the amount.
        if _AMOUNT.fullmatch(payee):
            return f" It looks like an amount: {_ORDER}"
        with suppress(PeculiumError):
            # What can't be read must not hide that this is no payee.
            if payee == NATIVE_NAME or self._with_symbol(payee):
                return f" It is a token of the mandate: {_ORDER}"
        return ""


def address_book(names: AddressBook) -> dict[str, str]:
    """Returns addresses by name. `names` has them, or is the path of a mandate's file that does (`[names]`).

    Raises `InvalidInput` for a name or an address that is none, and `InvalidMandateFile` if the file can't be read.
    """
    if isinstance(names, str | Path):
        # Most programs read no file.
        from peculium.mandate.toml import read_names

        names = read_names(names)
    if not isinstance(names or {}, Mapping):
        raise InvalidInput(
            f"names is a {type(names).__name__}. Pass a dictionary of names and addresses, or the path of a mandate's file."
        )
    return {_checked_name(name): _address_of(name, address) for name, address in (names or {}).items()}


def read_symbols(node: Node, tokens: list[str]) -> list[str]:
    """Returns what tokens call themselves, cleaned; empty for one that has no symbol."""
    answers = node.batch([("eth_call", ({"to": each, "data": _SYMBOL}, "latest")) for each in tokens])
    return [_symbol_of(answer) for answer in answers]


def _symbol_of(answer: Any) -> str:
    if isinstance(answer, NodeRefused):
        return ""
    data = bytes(HexBytes(answer))
    try:
        # Early tokens return 32 bytes instead of a string.
        text = data.rstrip(b"\0").decode() if len(data) == 32 else str(decode(["string"], data)[0])
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return ""
    symbol = clean(text)
    # It must not look like an address, which is never looked up, nor like more than one word.
    return "" if len(symbol) > LONGEST_SYMBOL or _is_hex(symbol) or " " in symbol else symbol


def _checked_name(name: str) -> str:
    if not isinstance(name, str) or not name or clean(name) != name:
        raise InvalidInput(
            f"The name {quote(str(name))} isn't a plain text. Use printable characters, without blanks around."
        )
    if _is_hex(name):
        raise InvalidInput(f"The name {quote(name)} looks like an address. Use another name.")
    return name


def _address_of(name: str, address: str) -> str:
    try:
        return to_address(address)
    except InvalidInput as error:
        raise InvalidInput(f"The address of {quote(name)} in names is wrong. {error}") from None


def _is_hex(text: str) -> bool:
    # An address without 0x is no name.
    return text[:2] in ("0x", "0X") or (len(text) == 40 and all(each in hexdigits for each in text))


def _listed(items: Iterable[str]) -> str:
    found = list(items)
    more = f" and {len(found) - MOST_LISTED} more" if len(found) > MOST_LISTED else ""
    return ", ".join(found[:MOST_LISTED]) + more
