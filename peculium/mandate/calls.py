"""Functions that the agent may call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from eth_utils import keccak

from peculium.checks import checked_fields
from peculium.errors import InvalidInput
from peculium.errors.redaction import shown
from peculium.mandate.arguments import Argument, ArgumentKind
from peculium.mandate.bounds import MAX_LIMIT, NATIVE, ZERO_ADDRESS
from peculium.mandate.values import to_decimal, to_limit
from peculium.units import Amount, to_address, to_length, to_seconds, to_uint


@checked_fields
@dataclass(frozen=True)
class Floor:
    """What a call must gain: at least `gain / per` base units of `token` for each base unit that it charges.

    The wallet compares its balance before and after the call.
    """

    token: str
    """Address of the token to gain, or `NATIVE`. No budget has to list it; it can be the target, such as a vault."""
    gain: int
    """Numerator: base units of `token`, 1 to 2**96 - 1."""
    per: int
    """Denominator: base units of the rule's token, 1 to 2**96 - 1."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", to_address(self.token))
        for number in (self.gain, self.per):
            to_uint(number, 96, "A number of the floor")

    @classmethod
    def of(cls, token: str, decimals: int, at_least: Amount, charged_decimals: int) -> Floor:
        """Creates a floor in whole tokens: gain at least `at_least` whole tokens for each whole token that is charged.

        `decimals` are those of `token`, `charged_decimals` those of the rule's token. Never rounds: raises `InvalidInput`
        if `at_least` has so many digits that numerator or denominator exceeds 96 bits.
        """
        ratio = Fraction(to_decimal(at_least, "at_least")) * Fraction(10) ** (decimals - charged_decimals)
        if ratio.numerator > MAX_LIMIT or ratio.denominator > MAX_LIMIT:
            raise InvalidInput(f"The floor {at_least} has too many digits for two numbers of 96 bits. Round it up.")
        return cls(token, ratio.numerator, ratio.denominator)


@checked_fields
@dataclass(frozen=True)
class CallRule:
    """A function that the agent may call, how often, and with a rule for each argument.

    Several rules can name the same function, as variants of which the agent names one in each call.
    """

    target: str
    """Address of the contract."""
    function: str
    """Its signature, such as "deposit(uint256)", or its selector: 0x and 8 hex digits."""
    arguments: tuple[Argument, ...] = ()
    """One rule per argument, in order."""
    value_limit: Decimal = Decimal(0)
    """The native currency that one call may send (whole units of 18 decimals, inclusive)."""
    pull_limit: Decimal = Decimal(0)
    """The amount that the target may pull in one call (whole units of the rule's budget, inclusive)."""
    token: str = ""
    """Address of the token that the call can charge and pull, whose budget is the rule's budget. A mandate with one token
    fills it in; with more than one it is required."""
    variant: int = 0
    """Number of the variant, 0 to 255. Variants of one function have the same `max_calls` and `window`."""
    floor: Floor | None = None
    """What the wallet must gain in the call, if anything."""
    max_calls: int = field(kw_only=True)
    """Calls of the function in any interval of `window`, under all variants and mandates; 1 to 2**32 - 1."""
    window: timedelta = field(kw_only=True)
    """A multiple of 8 seconds, from `MIN_WINDOW` to `MAX_WINDOW`."""

    if TYPE_CHECKING:

        def __init__(
            self,
            target: str,
            function: str,
            arguments: Sequence[Argument] = ...,
            value_limit: Amount = ...,
            pull_limit: Amount = ...,
            token: str = ...,
            variant: int = ...,
            floor: Floor | None = ...,
            *,
            max_calls: int,
            window: timedelta | int,
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", to_address(self.target))
        object.__setattr__(self, "token", to_address(self.token) if self.token else "")
        object.__setattr__(self, "arguments", tuple(self.arguments))
        for name in ("value_limit", "pull_limit"):
            object.__setattr__(self, name, to_decimal(getattr(self, name), name))
        if not re.fullmatch(r"0x[0-9a-fA-F]{8}|\w+\([\w,()\[\]]*\)", self.function):
            raise InvalidInput(
                f"{shown(self.function)} isn't a function. Pass a signature such as deposit(uint256), or 0x and 8 hex digits."
            )
        for name, bits in (("variant", 8), ("max_calls", 32)):
            to_uint(getattr(self, name), bits, name)
        object.__setattr__(self, "window", to_length(self.window))

    @property
    def selector(self) -> bytes:
        """The function's selector (4 bytes)."""
        if self.function.startswith("0x"):
            return bytes.fromhex(self.function[2:])
        return keccak(text=self.function)[:4]

    def charges(self) -> bool:
        """Whether a call can charge the rule's token, and so be measured by a floor."""
        argued = any(argument.kind == ArgumentKind.CHARGED for argument in self.arguments)
        return argued or self.pull_limit != 0 or (self.token == NATIVE and self.value_limit != 0)

    def message(self, decimals: int) -> dict[str, Any]:
        """Returns the rule as EIP-712 message. `decimals` are those of the rule's budget."""
        floor = self.floor or Floor(ZERO_ADDRESS, 0, 0)
        return {
            "target": self.target,
            "selector": self.selector,
            "variant": self.variant,
            "token": self.token,
            "valueLimit": to_limit(self.value_limit, 18),
            "pullLimit": to_limit(self.pull_limit, decimals),
            "maxCalls": self.max_calls,
            "window": to_seconds(self.window),
            "gainToken": floor.token,
            "gain": floor.gain,
            "per": floor.per,
            "arguments": [argument.message() for argument in self.arguments],
        }
