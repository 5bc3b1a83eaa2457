"""What a call rule requires of one argument."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from eth_utils import keccak

from peculium.mandate.values import to_word


class ArgumentKind(IntEnum):
    """What a call rule requires of one argument; see the constructors of `Argument`."""

    ANY = 0
    ANY_ADDRESS = 1
    EQUAL = 2
    ONE_OF = 3
    AT_MOST = 4
    AT_LEAST = 5
    THIS_WALLET = 6
    LISTED_PAYEE = 7
    CHARGED = 8
    ANY_BYTES = 9
    ANY_WORDS = 10
    TAIL_IN = 11


ONE_VALUE = (ArgumentKind.EQUAL, ArgumentKind.AT_MOST, ArgumentKind.AT_LEAST)
SEVERAL_VALUES = (ArgumentKind.ONE_OF, ArgumentKind.TAIL_IN)


@dataclass(frozen=True)
class Argument:
    """A rule on one argument of a call. Use the constructors, such as `Argument.at_most(5)`."""

    kind: ArgumentKind
    values: tuple[bytes, ...] = ()
    """Words of 32 bytes. Unsigned numbers and addresses are converted."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(to_word(value) for value in self.values))

    @classmethod
    def any(cls) -> Argument:
        """Allows any word of 32 bytes."""
        return cls(ArgumentKind.ANY)

    @classmethod
    def any_address(cls) -> Argument:
        """Allows any address: a word with 12 zero bytes first."""
        return cls(ArgumentKind.ANY_ADDRESS)

    @classmethod
    def equal(cls, value: bytes | int | str) -> Argument:
        """Allows this value only."""
        return cls(ArgumentKind.EQUAL, (value,))  # type: ignore[arg-type]

    @classmethod
    def one_of(cls, *values: bytes | int | str) -> Argument:
        """Allows each of these values; 1 to `MAX_VALUES`."""
        return cls(ArgumentKind.ONE_OF, values)  # type: ignore[arg-type]

    @classmethod
    def at_most(cls, value: int) -> Argument:
        """Allows unsigned numbers up to this one (inclusive)."""
        return cls(ArgumentKind.AT_MOST, (value,))  # type: ignore[arg-type]

    @classmethod
    def at_least(cls, value: int) -> Argument:
        """Allows unsigned numbers from this one on (inclusive). A fixed number is no price limit: use a `Floor`."""
        return cls(ArgumentKind.AT_LEAST, (value,))  # type: ignore[arg-type]

    @classmethod
    def this_wallet(cls) -> Argument:
        """Allows the wallet's own address only."""
        return cls(ArgumentKind.THIS_WALLET)

    @classmethod
    def listed_payee(cls) -> Argument:
        """Allows each of `Budget.payees` of the rule's budget, but neither `limited_payees` nor strangers."""
        return cls(ArgumentKind.LISTED_PAYEE)

    @classmethod
    def charged(cls) -> Argument:
        """Takes an amount of the rule's token (token base units) and charges it like a payment; never zero."""
        return cls(ArgumentKind.CHARGED)

    @classmethod
    def any_bytes(cls) -> Argument:
        """Allows `bytes` or `string` of any content."""
        return cls(ArgumentKind.ANY_BYTES)

    @classmethod
    def any_words(cls) -> Argument:
        """Allows an array of any elements of one word each."""
        return cls(ArgumentKind.ANY_WORDS)

    @classmethod
    def tail_in(cls, *tails: bytes) -> Argument:
        """Allows these bytes only after the words of all other arguments; only as the last argument.

        It pins arguments of any type, such as an array or a tuple: their offsets are `equal` arguments, and `tails` are
        what the offsets point to, as Solidity encodes it. 1 to `MAX_VALUES` tails; the mandate holds their keccak256.
        """
        return cls(ArgumentKind.TAIL_IN, tuple(keccak(tail) for tail in tails))

    def message(self) -> dict[str, Any]:
        """Returns the rule as EIP-712 message."""
        return {"kind": int(self.kind), "values": list(self.values)}
