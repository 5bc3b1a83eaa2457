"""Wallets as clones (ERC-1167): code and address of each follow from principal, agent key and salt."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils import keccak

from peculium.mandate.values import address_bytes
from peculium.units import to_address, to_uint

_PREFIX, _SUFFIX = bytes.fromhex("363d3d373d3d3d363d73"), bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
"""The code before and after the implementation's address."""
_ARGUMENTS = 20 + 20 + 12
_LENGTH = len(_PREFIX) + 20 + len(_SUFFIX) + _ARGUMENTS
_CREATION = b"\x61" + _LENGTH.to_bytes(2) + bytes.fromhex("3d81600a3d39f3")
"""The start of the init code, which returns the rest of it."""


@dataclass(frozen=True)
class Clone:
    """What the code of a wallet says. It never changes."""

    implementation: str
    """Address of the contract whose code the wallet runs."""
    principal: str
    """Address of the wallet's first principal; a hand-over can have changed it."""
    agent_key: str
    """Address of its first agent key; a later mandate can name another."""
    salt: int
    """0 to 2**96 - 1."""

    @classmethod
    def of(cls, code: bytes) -> Clone | None:
        """Returns what the code of an account says; None if it isn't the code of a wallet."""
        start = len(_PREFIX)
        end = start + 20 + len(_SUFFIX)
        if len(code) != _LENGTH or code[:start] != _PREFIX or code[start + 20 : end] != _SUFFIX:
            return None
        implementation, principal, agent_key = (
            to_address("0x" + code[at : at + 20].hex()) for at in (start, end, end + 20)
        )
        return cls(implementation, principal, agent_key, int.from_bytes(code[end + 40 :]))

    def code(self) -> bytes:
        """Returns the code of the wallet."""
        return _PREFIX + address_bytes(self.implementation) + _SUFFIX + self._arguments()

    def address(self, factory: str) -> str:
        """Returns the address at which this factory creates the wallet, and nobody anything else (CREATE2)."""
        init_code = _CREATION + self.code()
        digest = keccak(b"\xff" + address_bytes(to_address(factory)) + bytes(32) + keccak(init_code))
        return to_address("0x" + digest[12:].hex())

    def _arguments(self) -> bytes:
        people = address_bytes(to_address(self.principal)) + address_bytes(to_address(self.agent_key))
        return people + to_uint(self.salt, 96, "The salt").to_bytes(12)
