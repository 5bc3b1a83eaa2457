"""The encoding of a mandate, as far as a client reads it; `encoder` writes it."""

from __future__ import annotations

from dataclasses import dataclass

from peculium.mandate.encoder import BUDGET, CALL, HEAD, TOKEN
from peculium.mandate.values import address_bytes
from peculium.units import to_address

_TOKENS, _CALLS, _FIRST_CALL = 92, 94, 95
"""Offsets in the head: number of tokens, number of call rules, and offset of the first call rule (2 bytes)."""


@dataclass(frozen=True)
class CodeToken:
    """A token of a mandate."""

    token: str
    """Its address."""
    currency: bytes
    """keccak256 of the name of the currency that it counts toward."""
    shift: int
    """Decimals of the budget less those of the token."""


@dataclass(frozen=True)
class MandateCode:
    """A mandate as the wallet stores it, without the leading STOP byte; empty for a wallet without mandate."""

    code: bytes

    def people(self) -> list[str]:
        """Returns the addresses of the principal and the agent key."""
        return [self._address(0), self._address(28)] if self.code else []

    def tokens(self) -> list[str]:
        """Returns the addresses of all tokens."""
        return [self._address(HEAD + TOKEN * index) for index in range(self._token_count)]

    def targets(self) -> list[str]:
        """Returns the addresses of all targets of call rules."""
        return list(dict.fromkeys(self._address(entry) for entry in self._call_entries()))

    def token(self, address: str) -> CodeToken | None:
        """Returns a token's terms, or None if the mandate doesn't list it."""
        for index, listed in enumerate(self.tokens()):
            if listed == to_address(address):
                entry = self.code[HEAD + TOKEN * index :]
                budget = HEAD + TOKEN * self._token_count + BUDGET * entry[20]
                # The scale is a power of ten.
                digits = len(str(int.from_bytes(entry[22:30]))) - 1
                return CodeToken(listed, self.code[budget : budget + 32], digits if entry[21] else -digits)
        return None

    def rule_token(self, target: str, selector: bytes, variant: int) -> str | None:
        """Returns the token of a call rule, or None if the mandate has no such rule."""
        name = address_bytes(target) + selector + bytes([variant])
        for entry in self._call_entries():
            if self.code[entry : entry + len(name)] == name:
                rule = int.from_bytes(self.code[entry + len(name) :][:2])
                return self._address(HEAD + TOKEN * self.code[rule])
        return None

    @property
    def _token_count(self) -> int:
        return self.code[_TOKENS] if self.code else 0

    def _call_entries(self) -> range:
        if not self.code:
            return range(0)
        first = int.from_bytes(self.code[_FIRST_CALL : _FIRST_CALL + 2])
        return range(first, first + CALL * self.code[_CALLS], CALL)

    def _address(self, offset: int) -> str:
        return to_address("0x" + self.code[offset : offset + 20].hex())
